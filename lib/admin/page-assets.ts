import { CARD_STYLE, contentSecurityPolicy } from '../response/html.js';

/** Colors and controls of the pages for admins, in light and dark. Each color of text has a contrast of at least 4.5. */
const THEME = `
:root {
  color-scheme: light dark;
  --page: #f4f5f7; --card: #ffffff; --text: #1f2937; --quiet: #4b5563; --line: #e0e3e8; --field: #6b7280;
  --accent: #b45309; --on-accent: #ffffff; --danger: #b42318; --on-danger: #ffffff;
  --off: #166534; --off-tint: #e8f5ec; --planned: #1d4ed8; --planned-tint: #e8eefc; --limited: #92400e; --limited-tint: #fdf1d8;
  --on: #b42318; --on-tint: #fdecea;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #10151f; --card: #1b2330; --text: #f3f4f6; --quiet: #c3c9d4; --line: #354052; --field: #8b95a7;
    --accent: #fbbf24; --on-accent: #10151f; --danger: #ff9d91; --on-danger: #2a0d09;
    --off: #86dba4; --off-tint: #16301f; --planned: #a5c2ff; --planned-tint: #1a2a4d; --limited: #fbcf6c; --limited-tint: #35290f;
    --on: #ffaaa0; --on-tint: #3d1a17;
  }
}`;

const CONTROLS = `
p { margin: .5rem 0; overflow-wrap: anywhere; }
.reason { white-space: pre-line; }
label, legend { display: block; font-weight: 600; }
input, select, textarea, button, .button {
  padding: .625rem .875rem; font: inherit; border-radius: .5rem; min-height: 2.75rem;
}
input, select, textarea { width: 100%; min-width: 0; color: inherit; background: var(--card); border: 1px solid var(--field); }
button, .button {
  display: inline-block; font-weight: 600; text-align: center; text-decoration: none; cursor: pointer;
  color: var(--on-accent); background: var(--accent); border: 1px solid var(--accent);
}
button:hover, .button:hover { filter: brightness(1.08); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }`;

/** The layout of the admin page: one column on a phone, two from 60rem on. */
export const ADMIN_STYLE = `${THEME}
* { box-sizing: border-box; }
body {
  margin: 0; padding: clamp(1rem, 4vw, 2.5rem) clamp(.75rem, 4vw, 2rem); background: var(--page); color: var(--text);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}${CONTROLS}
.page { max-width: 68rem; margin: 0 auto; }
header { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; align-items: baseline; justify-content: space-between; margin-bottom: 1.25rem; }
h1 { margin: 0; font-size: 1.5rem; line-height: 1.2; }
h2 { margin: 0; font-size: 1.125rem; line-height: 1.3; overflow-wrap: anywhere; }
header p { margin: 0; }
.columns, .columns > * { display: grid; gap: 1rem; align-items: start; grid-template-columns: minmax(0, 1fr); min-width: 0; }
@media (min-width: 60rem) { .columns { grid-template-columns: minmax(0, 1fr) 20rem; } }
a { color: var(--planned); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .875rem; padding: clamp(1rem, 3vw, 1.5rem); }
.card > :last-child, .card > form > :last-child, .columns > :last-child > .card:last-child { margin-bottom: 0; }
.quiet, .hint { color: var(--quiet); font-size: .9375rem; }
.notice { margin-bottom: 1rem; border-left: .375rem solid var(--off); }
.notice.refused { border-left-color: var(--on); }
.notice.warning { border-left-color: var(--limited); }
.notice h2 + p { margin-top: .25rem; }
.notice input { margin-top: .75rem; font-family: ui-monospace, monospace; }
.item { border-left: .375rem solid var(--look); }
.off { --look: var(--off); --tint: var(--off-tint); }
.planned { --look: var(--planned); --tint: var(--planned-tint); }
.limited { --look: var(--limited); --tint: var(--limited-tint); }
.on { --look: var(--on); --tint: var(--on-tint); }
.head { display: flex; gap: .875rem; align-items: center; margin-bottom: .75rem; }
.head svg { flex: none; width: 2.75rem; height: 2.75rem; padding: .5rem; border-radius: .75rem; color: var(--look); background: var(--tint); }
.whole { border-left-width: .625rem; }
.whole h2 { font-size: clamp(1.375rem, 4vw, 1.75rem); color: var(--look); }
.whole .head svg { width: 3.5rem; height: 3.5rem; padding: .625rem; }
.whole .state { color: inherit; font-weight: 400; }
.state { margin: .125rem 0 0; font-weight: 700; color: var(--look); }
.facts { margin: .75rem 0 0; display: grid; gap: .375rem; }
.facts > div { display: grid; grid-template-columns: 5.5rem minmax(0, 1fr); gap: .75rem; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
.actions { display: flex; flex-wrap: wrap; gap: .625rem; margin-top: 1.25rem; }
.actions > * { min-width: 0; max-width: 100%; }
.actions details[open] { order: 1; flex-basis: 100%; }
summary { cursor: pointer; border-radius: .5rem; }
summary.button { list-style: none; width: fit-content; }
summary.button::-webkit-details-marker { display: none; }
.plain { color: inherit; background: transparent; border-color: var(--field); }
.danger { color: var(--on-danger); background: var(--danger); border-color: var(--danger); }
.panel { margin-top: .75rem; padding: 1rem; border: 1px solid var(--line); border-radius: .75rem; }
.panel > form > p:first-of-type { margin-top: 0; }
.turn-on summary { display: flex; gap: .625rem; align-items: center; list-style: none; }
.turn-on summary::-webkit-details-marker { display: none; }
.turn-on summary::before { content: ""; width: .5rem; height: .5rem; border: solid var(--quiet); border-width: 0 2px 2px 0; rotate: -45deg; }
.turn-on[open] summary::before { rotate: 45deg; }
.turn-on form { margin-top: 1rem; }
.field { margin: 0 0 1rem; padding: 0; border: 0; min-width: 0; }
.field > :is(input, select, textarea), .choices { margin-top: .375rem; }
.hint { margin: .125rem 0 0; }
.choices { display: flex; flex-wrap: wrap; gap: .5rem; }
.choice {
  display: flex; gap: .5rem; align-items: center; min-height: 2.75rem; padding: .375rem .875rem .375rem .625rem;
  font-weight: 400; border: 1px solid var(--field); border-radius: .5rem; cursor: pointer;
}
.choice input { width: 1.125rem; min-height: 0; height: 1.125rem; margin: 0; padding: 0; accent-color: var(--accent); }
.choice .quiet { display: block; }
.choice:has(:checked) { border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); }
@supports selector(:has(*)) {
  form:not(:has([name="begin"][value="at"]:checked)) .when-at,
  form:not(:has([name="lasts"][value="until"]:checked)) .when-until,
  form:not(:has([name="scope"] option:last-child:checked)) .when-other { display: none; }
}
p.warning { font-weight: 600; }
.review { max-width: 40rem; }
ul, ol { margin: .5rem 0; padding-left: 1.25rem; }
.history { list-style: none; padding: 0; margin-bottom: 0; }
.older summary { width: fit-content; padding: .5rem 0; }
.older .history { margin-top: 0; }
.history li { padding: .75rem 0; border-top: 1px solid var(--line); }
.history li:last-child { padding-bottom: 0; }
.history p { margin: 0; }
.paths { list-style: none; padding: 0; }
code { font-family: ui-monospace, "SF Mono", Menlo, monospace; font-size: .9375rem; overflow-wrap: anywhere; }
.everything { margin: 0; }
legend { padding: 0; }
[hidden] { display: none !important; }
@media (forced-colors: active) { .choice:has(:checked) { outline: 2px solid Highlight; } }
@media (max-width: 30rem) {
  .facts > div { grid-template-columns: minmax(0, 1fr); gap: 0; }
  .actions > *, .actions button, .actions summary { width: 100%; }
  .choice { flex: 1 1 calc(50% - .5rem); }
}
`;

/** Shows times in the time zone of the browser, and says when another person has changed something. The page works without it. */
export const ADMIN_SCRIPT = `
(() => {
  const zone = new Intl.DateTimeFormat(undefined, { timeZoneName: 'short' })
    .formatToParts(new Date()).find(({ type }) => type === 'timeZoneName').value;
  const format = new Intl.DateTimeFormat(undefined, {
    day: 'numeric', month: 'short', hour: 'numeric', minute: '2-digit', timeZoneName: 'short',
  });
  for (const time of document.querySelectorAll('time')) {
    time.textContent = format.format(new Date(time.dateTime));
    time.lang = format.resolvedOptions().locale;
  }

  const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
  const units = [['day', 86400], ['hour', 3600], ['minute', 60]];
  const distance = (date) => {
    const seconds = (date - Date.now()) / 1000;
    const [unit, size] = units.find(([, size]) => Math.abs(seconds) >= size * 1.5) ?? (Math.abs(seconds) < 45 ? [] : units[2]);
    return unit ? relative.format(Math.round(seconds / size), unit) : 'now';
  };
  const tick = () => {
    for (const span of document.querySelectorAll('[data-distance]'))
      span.textContent = '(' + distance(new Date(span.dataset.distance)) + ')';
  };
  tick();
  setInterval(tick, 15000);

  // Fields have no time zone: their times are local ones here, and UTC on their way.
  const local = (date) => new Date(date - date.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
  for (const field of document.querySelectorAll('input[type=datetime-local]')) {
    if (field.value) field.value = field.defaultValue = local(new Date(field.value + 'Z'));
    const label = document.querySelector('label[for="' + field.id + '"] .zone');
    if (label) label.textContent = '(' + zone + ')';
  }
  document.addEventListener('formdata', ({ target, formData }) => {
    for (const { name, value, type } of target.elements) {
      if (type === 'datetime-local' && value) formData.set(name, new Date(value).toISOString());
    }
  });

  const link = document.querySelector('a[data-once]');
  if (link) {
    const field = document.getElementById('link');
    field.value = link.href;
    field.select();
  }

  const { status, revision } = document.querySelector('main').dataset;
  const changed = document.getElementById('changed');
  const ask = async () => {
    if (document.hidden || !changed.hidden) return;
    try {
      const response = await fetch(status, { cache: 'no-store', headers: { Accept: 'application/json' } });
      const body = await response.json();
      if (typeof body.revision === 'number' && String(body.revision) !== revision) changed.hidden = false;
    } catch {
      // No network, or no server: asked again.
    }
  };
  if (revision) {
    setInterval(ask, 10000);
    document.addEventListener('visibilitychange', ask);
  }
})();
`;

/** A page with one card. */
export const CARD_PAGE_STYLE = `${THEME}${CARD_STYLE}${CONTROLS}
h1 { margin: 0 0 .75rem; font-size: clamp(1.5rem, 5vw, 2rem); line-height: 1.2; text-wrap: balance; }
form, .actions { margin-top: 1.5rem; }
input { margin: .375rem 0 1.25rem; }
button, .button { display: block; width: 100%; }
`;

export const CARD_PAGE_SCRIPT = `
(() => {
  for (const time of document.querySelectorAll('time')) {
    const format = new Intl.DateTimeFormat(undefined, {
      day: 'numeric', month: 'long', year: 'numeric', hour: 'numeric', minute: '2-digit', timeZoneName: 'short',
    });
    time.textContent = format.format(new Date(time.dateTime));
    time.lang = format.resolvedOptions().locale;
  }
})();
`;

export const adminPageHeaders = framelessHeaders(
  contentSecurityPolicy({ scripts: [ADMIN_SCRIPT], styles: [ADMIN_STYLE] }),
);

export const cardPageHeaders = framelessHeaders(
  contentSecurityPolicy({ scripts: [CARD_PAGE_SCRIPT], styles: [CARD_PAGE_STYLE] }),
);

/** Headers of a page that cannot be framed (clickjacking), whose origin browsers send with its forms. */
function framelessHeaders(policy: string): Readonly<Record<string, string>> {
  return {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': `${policy}; frame-ancestors 'none'`,
    'X-Frame-Options': 'DENY',
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'same-origin',
  };
}
