import type { MaintenanceChange, MaintenanceStatus } from '../interfaces/maintenance-status.js';
import { markup, type Markup, utc } from '../response/html.js';

/** A page for admins. `meta` and `body` end with a line break, unless they are empty. */
export function htmlDocument({
  title,
  meta = markup``,
  style,
  script,
  body,
}: {
  readonly title: string;
  readonly meta?: Markup;
  readonly style: string;
  readonly script: string;
  readonly body: Markup;
}): string {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${meta}<link rel="icon" href="data:,">
<title>${title}</title>
<style>${markup.trusted(style)}</style>
</head>
<body>
${body}<script>${markup.trusted(script)}</script>
</body>
</html>
`.html;
}

interface TextField {
  readonly id: string;
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly hint?: string;
  readonly required?: boolean;
}

export function textField({ id, name, label, value, hint, required }: TextField): Markup {
  return markup`<div class="field"><label for="${id}">${label}</label>
${hintOf(id, hint)}<input id="${id}" name="${name}" value="${value}" dir="auto" maxlength="2000" autocomplete="off"${described(id, hint)}${required ? markup` required` : ''}></div>
`;
}

export function textArea({ id, name, label, value, hint, required }: TextField): Markup {
  return markup`<div class="field"><label for="${id}">${label}</label>
${hintOf(id, hint)}<textarea id="${id}" name="${name}" rows="2" dir="auto" maxlength="2000"${described(id, hint)}${required ? markup` required` : ''}>
${value}</textarea></div>
`;
}

/** A time in UTC; the script of the page makes it one of the browser's time zone. */
export function timeField({ id, name, label, value, hint, required }: TextField): Markup {
  return markup`<div class="field"><label for="${id}">${label} <span class="zone">(UTC)</span></label>
${hintOf(id, hint)}<input id="${id}" name="${name}" value="${utcMinute(value)}" type="datetime-local"${described(id, hint)}${required ? markup` required` : ''}></div>
`;
}

interface Choice {
  readonly value: string;
  readonly label: string;
  readonly hint?: string;
}

export function select(field: Omit<TextField, 'required'>, choices: readonly Choice[]): Markup {
  const { id, name, label, value, hint } = field;
  const options = choices.map(
    (choice) =>
      markup`<option dir="auto" value="${choice.value}"${choice.value === value ? markup` selected` : ''}>${choice.label}</option>`,
  );
  return markup`<div class="field"><label for="${id}">${label}</label>
${hintOf(id, hint)}<select id="${id}" name="${name}"${described(id, hint)}>${joined(options)}</select></div>
`;
}

/** Choices that are all in view. */
export function radios(
  { id, name, label, value }: Pick<TextField, 'id' | 'name' | 'label' | 'value'>,
  choices: readonly Choice[],
): Markup {
  const inputs = choices.map((choice, index) => {
    const hint = choice.hint === undefined ? '' : markup`<span class="quiet">${choice.hint}</span>`;
    const checked = choice.value === value ? markup` checked` : '';
    return markup`<label class="choice" for="${id}-${String(index)}"><input type="radio" id="${id}-${String(index)}" name="${name}" value="${choice.value}"${checked}><span>${choice.label}${hint}</span></label>
`;
  });
  return markup`<fieldset class="field"><legend>${label}</legend>
<div class="choices">${joined(inputs)}</div></fieldset>
`;
}

/** The value of a time field. */
export function fieldTime(date: Date | null): string {
  return date === null ? '' : date.toISOString().slice(0, 16);
}

function hintOf(id: string, hint: string | undefined): Markup | '' {
  return hint === undefined
    ? ''
    : markup`<p class="hint" id="${id}-hint">${hint}</p>
`;
}

function described(id: string, hint: string | undefined): Markup | '' {
  return hint === undefined ? '' : markup` aria-describedby="${id}-hint"`;
}

/** The values that a form was rendered with, as one hidden field: they show which fields a person has touched. */
export function snapshotOf(values: Readonly<Record<string, string>>): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url');
}

/** Whether a field has another value than it was rendered with; without a snapshot, every field counts as touched. */
export function isTouched(sent: Readonly<Record<string, string>>, name: string): boolean {
  const rendered = valuesIn(sent['was'] ?? '')[name];
  return typeof rendered !== 'string' || comparable(rendered) !== comparable(sent[name] ?? '');
}

/** The same text of a person, however a browser sends it: line breaks, and the times that the script sends. */
export function comparable(value: string): string {
  return utcMinute(value.replaceAll('\r\n', '\n'));
}

/** What the script of the page has sent, as the value of a time field. */
function utcMinute(value: string): string {
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z$/.test(value) ? value.slice(0, 16) : value;
}

function valuesIn(snapshot: string): Readonly<Record<string, unknown>> {
  try {
    const values: unknown = JSON.parse(Buffer.from(snapshot, 'base64url').toString());
    return typeof values === 'object' && values !== null ? { ...values } : {};
  } catch {
    return {};
  }
}

/** The look and the words of a state. */
type Look = 'off' | 'planned' | 'limited' | 'on';

export function lookOf({ state, mode }: MaintenanceStatus): Look {
  if (state === 'off') return 'off';
  if (state === 'scheduled') return 'planned';
  return mode === 'read-only' ? 'limited' : 'on';
}

/** One or two words, beside the name that they describe. */
export function stateWord({ state, mode, announced }: MaintenanceStatus): string {
  if (state === 'off') return 'Off';
  if (state === 'scheduled') return announced ? 'Announced' : 'Scheduled';
  return mode === 'read-only' ? 'Read-only' : 'On';
}

/** What the state means for visitors. */
export function meaning({ state, mode, announced, scope }: MaintenanceStatus): string {
  const part = scope === null ? 'the application' : 'this part of the application';
  if (state === 'off') return `Everyone can use ${part}.`;
  if (state === 'active') {
    return mode === 'read-only'
      ? `Visitors can read ${part}, and change nothing.`
      : `Visitors get the maintenance page instead of ${part}.`;
  }
  const then =
    mode === 'read-only'
      ? 'Then visitors can read, and change nothing.'
      : 'Then visitors get the maintenance page.';
  return `${announced ? 'Visitors are told about it.' : 'Visitors are not told yet.'} ${then}`;
}

/** The heading for the state of the whole application. */
export function stateTitle({ state, mode, announced }: MaintenanceStatus): string {
  if (state === 'off') return 'Maintenance is off';
  if (state === 'scheduled') return announced ? 'Maintenance is announced' : 'Maintenance is planned';
  return mode === 'read-only' ? 'Read-only maintenance is on' : 'Maintenance is on';
}

/** The application or a scope, within a sentence. */
export function scopePhrase(scope: string | null): Markup | string {
  return scope === null ? 'the application' : isolated(scope);
}

export function scopeTitle(scope: string | null): Markup | string {
  return scope === null ? 'The whole application' : isolated(scope);
}

export function modeWord(mode: MaintenanceStatus['mode']): string {
  return mode === 'read-only' ? 'read-only maintenance' : 'full maintenance';
}

/** What a change of the past did: `turned on read-only maintenance of checkout`. */
export function changeWords({ action, scope, mode, startsAt, at }: MaintenanceChange): Markup {
  const what = scopePhrase(scope);
  switch (action) {
    case 'on':
      return markup`${startsAt !== null && startsAt > at ? 'planned' : 'turned on'} ${modeWord(mode)} of ${what}`;
    case 'off':
      return markup`turned off maintenance of ${what}`;
    case 'updated':
      return markup`changed the maintenance of ${what}`;
    case 'restored':
      return markup`restored what was set for ${what} before a run`;
  }
}

/** By which way a change came. */
export const VIA_WORDS: Readonly<Record<MaintenanceChange['via'], string>> = {
  route: 'over HTTP',
  cli: 'on the command line',
  service: 'by the service',
  storage: 'in the storage',
};

const PATHS: Readonly<Record<Look, string>> = {
  off: 'M5 12.5l4.5 4.5L19 7.5',
  planned: 'M12 7v5l3.5 2M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17z',
  limited:
    'M2.5 12s3.5-6 9.5-6 9.5 6 9.5 6-3.5 6-9.5 6-9.5-6-9.5-6zM12 14.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z',
  on: 'M14.7 6.3a4 4 0 0 0-5.2 5.2l-5.9 5.9a1.8 1.8 0 0 0 0 2.5l.5.5a1.8 1.8 0 0 0 2.5 0l5.9-5.9a4 4 0 0 0 5.2-5.2l-2.5 2.5-2.4-.6-.6-2.4z',
};

/** A state is told by its icon and its word, not by its color alone. */
export function icon(look: Look): Markup {
  return markup`<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="${PATHS[look]}"/></svg>
`;
}

/** Text of a person, whose direction of writing does not change that of the sentence around it. */
export function isolated(text: string): Markup {
  return markup`<bdi>${text}</bdi>`;
}

export function joined(parts: readonly Markup[]): Markup {
  return markup.trusted(parts.map(({ html }) => html).join(''));
}

/** Names with their values. Those without a value are left out. */
export function factList(rows: readonly (readonly [name: string, value: Markup | string | null])[]): Markup {
  const shown = rows.flatMap(([name, value]) =>
    value === null || value === ''
      ? []
      : [
          markup`<div><dt>${name}</dt><dd>${value}</dd></div>
`,
        ],
  );
  return markup`<dl class="facts">${joined(shown)}</dl>
`;
}

/** A time in UTC with its distance beside; the script of the page shows both as they are where the browser is. */
export function timeWithDistance(date: Date, now: Date): Markup {
  return markup`${time(date)} <span class="quiet" data-distance="${date.toISOString()}">(${distance(date, now)})</span>`;
}

/** A time in UTC, which the script of the page shows in the time zone of the browser. */
export function time(date: Date): Markup {
  const iso = date.toISOString();
  return markup`<time datetime="${iso}">${utc(iso)}</time>`;
}

/** Made when a page needs it: it takes a quarter of the time that the import of the package does. */
let relative: Intl.RelativeTimeFormat | undefined;
const MINUTE = ['minute', 60] as const;
const UNITS = [['day', 86_400], ['hour', 3_600], MINUTE] as const;

/** `in 25 minutes`, `3 hours ago`, `now` */
export function distance(date: Date, now: Date): string {
  const seconds = (date.getTime() - now.getTime()) / 1000;
  if (Math.abs(seconds) < 45) return 'now';
  const [unit, length] = UNITS.find(([, unitLength]) => Math.abs(seconds) >= unitLength * 1.5) ?? MINUTE;
  relative ??= new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
  return relative.format(Math.round(seconds / length), unit);
}
