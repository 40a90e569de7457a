import { markup, type Markup, utc } from '../response/html.js';

/** A time in UTC with its distance beside; the script of the page shows both as they are where the browser is. */
export function timeWithDistance(date: Date, now: Date): Markup {
  return markup`${time(date)} <span class="quiet" data-distance="${date.toISOString()}">(${distance(date, now)})</span>`;
}

/** A time in UTC, which the script of the page shows in the time zone of the browser. */
export function time(date: Date): Markup {
  const iso = date.toISOString();
  return markup`<time datetime="${iso}">${utc(iso)}</time>`;
}

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const MINUTE = ['minute', 60] as const;
const UNITS = [['day', 86_400], ['hour', 3_600], MINUTE] as const;

/** `in 25 minutes`, `3 hours ago`, `now` */
export function distance(date: Date, now: Date): string {
  const seconds = (date.getTime() - now.getTime()) / 1000;
  if (Math.abs(seconds) < 45) return 'now';
  const [unit, length] = UNITS.find(([, unitLength]) => Math.abs(seconds) >= unitLength * 1.5) ?? MINUTE;
  return relative.format(Math.round(seconds / length), unit);
}
