import type { MaintenanceReasons } from '../interfaces/maintenance-status.js';
import { markup, type Markup } from '../response/html.js';
import { type AdminAction, type AdminView, EXTEND_MS } from './admin-view.js';
import {
  factList,
  fieldTime,
  icon,
  isolated,
  isTouched,
  joined,
  lookOf,
  meaning,
  modeWord,
  radios,
  scopePhrase,
  scopeTitle,
  select,
  snapshotOf,
  stateTitle,
  stateWord,
  textArea,
  textField,
  timeField,
  timeWithDistance,
} from './page-parts.js';
import type { StatusItem } from './status-body.js';

/** The application and the scopes, each with what can be done about it. */
export function itemSections(view: AdminView): Markup {
  return joined(view.items.map((item, index) => itemSection(view, item, `item-${index}`)));
}

function itemSection(view: AdminView, item: StatusItem, id: string): Markup {
  const { status, isNext } = item;
  const look = lookOf(status);
  const isWhole = status.scope === null;
  const name = scopeTitle(status.scope);
  const word = isNext ? 'Next stage' : isWhole ? stateTitle(status) : stateWord(status);
  return markup`<section class="card item ${look}${isWhole && !isNext ? ' whole' : ''}" aria-labelledby="${id}">
<div class="head">${icon(look)}<div><h2 id="${id}">${isWhole ? word : name}</h2>
<p class="state">${isWhole ? name : word}</p></div></div>
<p>${meaning(status)}</p>
${facts(item, view.now)}${actions(view, item, id)}</section>
`;
}

function facts({ status, note, allow, since, isNext }: StatusItem, now: Date): Markup {
  const { state, startsAt, endsAt, reason, by, updatedAt } = status;
  if (state === 'off') {
    if (updatedAt === null) return markup``;
    return markup`<p class="quiet">Turned off${by && markup` by ${isolated(by)}`}, ${timeWithDistance(updatedAt, now)}.</p>
`;
  }
  return factList([
    ['Reason', reason && markup`<bdi class="reason">${reason}</bdi>`],
    [
      'Note',
      note && markup`<bdi class="reason">${note}</bdi> <span class="quiet">(not shown to visitors)</span>`,
    ],
    ['Begins', state === 'scheduled' && startsAt ? timeWithDistance(startsAt, now) : null],
    ['On since', since && timeWithDistance(since, now)],
    ['Until', endsAt ? timeWithDistance(endsAt, now) : 'it is turned off'],
    ['Set by', setBy(by, updatedAt?.getTime() === since?.getTime() ? null : updatedAt, now)],
    ['Let in', allow.length > 0 ? allow.join(', ') : null],
    ['Mode', isNext ? modeWord(status.mode) : null],
  ]);
}

function setBy(by: string | null, updatedAt: Date | null, now: Date): Markup | null {
  if (by === null && updatedAt === null) return null;
  return markup`${isolated(by ?? 'unknown')}${updatedAt && markup`, ${timeWithDistance(updatedAt, now)}`}`;
}

function actions(view: AdminView, item: StatusItem, id: string): Markup {
  const { status, isNext } = item;
  if (view.forms === null || status.state === 'off') return markup``;
  if (isNext)
    return markup`<p class="quiet">Turning off ${scopePhrase(status.scope)} cancels this stage, too.</p>
`;
  return markup`<div class="actions">
${extendForm(view, item)}${changeForm(view, item, id)}${offForm(view, item)}</div>
`;
}

function extendForm(
  view: AdminView,
  { since, status: { state, startsAt, endsAt, scope } }: StatusItem,
): Markup {
  if (state !== 'active' || endsAt === null) return markup``;
  const { maxDurationSeconds = Infinity } = view.limits;
  const began = startsAt ?? since ?? view.now;
  if (endsAt.getTime() + EXTEND_MS > began.getTime() + maxDurationSeconds * 1000) return markup``;
  const button = markup`<button class="plain">Extend by 30 minutes</button>`;
  return form(view, 'extend', button, { scope: scope ?? '' });
}

function offForm(view: AdminView, { status: { state, scope } }: StatusItem): Markup {
  const isOn = state === 'active';
  const name = scopePhrase(scope);
  const question = isOn
    ? markup`Visitors can use ${name} again at once.`
    : 'It will not begin. Visitors are no longer told of it.';
  const yes = isOn ? markup`Yes, turn off ${name}` : 'Yes, cancel it';
  const content = markup`<p>${question}</p>
<button class="danger">${yes}</button>`;
  return markup`<details name="actions"><summary class="button">${isOn ? 'Turn off…' : 'Cancel it…'}</summary>
<div class="panel">${form(view, 'off', content, { scope: scope ?? '' })}</div></details>
`;
}

function languagesHint(reasons: MaintenanceReasons): string {
  const tags = Object.keys(reasons).join(', ');
  return `It has a text for each of these languages: ${tags}. If you change it, yours replaces all of them.`;
}

function changeForm(view: AdminView, { status, note, allow }: StatusItem, id: string): Markup {
  const { scope, state } = status;
  const own =
    view.draft?.action === 'update' && view.draft.fields['scope'] === (scope ?? '')
      ? view.draft.fields
      : null;
  const rendered: Record<string, string> = {};
  // What was typed, except for fields that were not touched: sending the form once more must not revert somebody else's change.
  const value = (name: string, present: string): string => {
    rendered[name] = present;
    return own !== null && isTouched(own, name) ? (own[name] ?? '') : present;
  };
  const fields = joined([
    textArea({
      id: `${id}-reason`,
      name: 'reason',
      label: view.limits.requireReason ? 'Reason, shown to visitors (required)' : 'Reason, shown to visitors',
      value: value('reason', status.reason ?? ''),
      ...(status.reasons !== null && { hint: languagesHint(status.reasons) }),
      required: view.limits.requireReason,
    }),
    textArea({
      id: `${id}-note`,
      name: 'note',
      label: 'Note, for the history only',
      value: value('note', note ?? ''),
    }),
    ...(state === 'scheduled'
      ? [
          timeField({
            id: `${id}-start`,
            name: 'startsAt',
            label: 'Begins',
            value: value('startsAt', fieldTime(status.startsAt)),
            required: true,
          }),
        ]
      : []),
    timeField({
      id: `${id}-end`,
      name: 'endsAt',
      label: 'Ends',
      value: value('endsAt', fieldTime(status.endsAt)),
      required:
        view.limits.maxDurationSeconds !== undefined && view.limits.defaultDurationSeconds === undefined,
      hint: emptyEnd(view.limits),
    }),
    select({ id: `${id}-mode`, name: 'mode', label: 'Mode', value: value('mode', status.mode) }, [
      { value: 'full', label: 'Full: visitors get the maintenance page' },
      { value: 'read-only', label: 'Read-only: visitors can read' },
    ]),
    textField({
      id: `${id}-allow`,
      name: 'allow',
      label: 'Addresses to let in',
      value: value('allow', allow.join(', ')),
    }),
  ]);
  const content = markup`${fields}<button>Save the changes</button>`;
  return markup`<details name="actions"${own === null ? '' : markup` open`}><summary class="button plain">Change…</summary>
<div class="panel">${form(view, 'update', content, { scope: scope ?? '', was: snapshotOf(rendered) })}</div></details>
`;
}

/** What an empty field for the end means. */
function emptyEnd({ maxDurationSeconds, defaultDurationSeconds }: AdminView['limits']): string {
  if (defaultDurationSeconds !== undefined) return `Empty: after ${inWords(defaultDurationSeconds)}.`;
  if (maxDurationSeconds !== undefined) return `At most ${inWords(maxDurationSeconds)} after it begins.`;
  return 'Empty: when it is turned off.';
}

function inWords(seconds: number): string {
  return seconds % 60 === 0 ? `${seconds / 60} minutes` : `${seconds} seconds`;
}

/** The value of the choice that opens the field for another scope: no name of a scope begins with a space. */
export const OTHER_SCOPE = ' other';

/** How long maintenance lasts: minutes, `until` a time, or until it is turned `off`. */
const DURATIONS = ['15', '30', '60', '120', 'until', 'off'] as const;
type Duration = (typeof DURATIONS)[number];

const DURATION_WORDS: Readonly<Record<Duration, string>> = {
  '15': '15 min',
  '30': '30 min',
  '60': '1 hour',
  '120': '2 hours',
  until: 'Until a time',
  off: 'Until turned off',
};

/** The form to turn maintenance on, now or later. It leads to a summary, which asks once. */
export function turnOnSection(view: AdminView): Markup {
  if (view.forms === null) return markup``;
  const isAnythingOn = view.items.some(({ status }) => status.state !== 'off');
  const isOpen = !isAnythingOn || view.draft?.action === 'on';
  const content = markup`${turnOnFields(view)}<button>Continue…</button>
<p class="quiet">You see a summary before anything changes.</p>`;
  return markup`<details class="card turn-on"${isOpen ? markup` open` : ''}><summary><h2>${isAnythingOn ? 'Turn on or plan something else' : 'Turn maintenance on'}</h2></summary>
${form(view, 'on', content)}</details>
`;
}

function turnOnFields(view: AdminView): Markup {
  const typed = view.draft?.action === 'on' ? view.draft.fields : {};
  const value = (name: string, otherwise = ''): string => typed[name] ?? otherwise;
  const durations = durationsWithin(view.limits);
  return joined([
    scopeFields(view, value),
    radios({ id: 'on-mode', name: 'mode', label: 'What visitors can do', value: value('mode', 'full') }, [
      { value: 'full', label: 'Nothing', hint: 'They get the maintenance page.' },
      { value: 'read-only', label: 'Only read', hint: 'GET requests go on.' },
    ]),
    radios({ id: 'on-begin', name: 'begin', label: 'Begins', value: value('begin', 'now') }, [
      { value: 'now', label: 'Now' },
      { value: 'at', label: 'At a time' },
    ]),
    markup`<div class="when-at">${timeField({ id: 'on-start', name: 'startsAt', label: 'Begins at', value: value('startsAt') })}${timeField(
      {
        id: 'on-announce',
        name: 'announceFrom',
        label: 'Visitors are told from',
        value: value('announceFrom'),
        hint: 'Empty: as the application is set up, by default two days before.',
      },
    )}</div>
`,
    radios(
      { id: 'on-lasts', name: 'lasts', label: 'Lasts', value: value('lasts', firstDuration(durations)) },
      durations.map((duration) => ({ value: duration, label: DURATION_WORDS[duration] })),
    ),
    markup`<div class="when-until">${timeField({ id: 'on-end', name: 'endsAt', label: 'Ends at', value: value('endsAt') })}</div>
`,
    textArea({
      id: 'on-reason',
      name: 'reason',
      label: view.limits.requireReason
        ? 'Reason, shown to visitors (required)'
        : 'Reason, shown to visitors (optional)',
      value: value('reason'),
      required: view.limits.requireReason,
    }),
    textArea({
      id: 'on-note',
      name: 'note',
      label: 'Note (optional)',
      value: value('note'),
      hint: 'For the history, not shown to visitors.',
    }),
    textField({
      id: 'on-allow',
      name: 'allow',
      label: 'Addresses to let in (optional)',
      value: value('allow'),
      hint: `Addresses or ranges such as 10.0.0.0/8, with commas.${view.viewerIp === undefined ? '' : ` Yours is ${view.viewerIp}.`}`,
    }),
  ]);
}

function scopeFields({ knownScopes }: AdminView, value: (name: string) => string): Markup {
  const other = textField({
    id: 'on-scope-name',
    name: 'newScope',
    label: 'Name of the scope',
    value: value('newScope'),
    hint: 'As in @MaintenanceScope(…).',
  });
  return markup`${select({ id: 'on-scope', name: 'scope', label: 'What', value: value('scope') }, [
    { value: '', label: 'The whole application' },
    ...knownScopes.map((scope) => ({ value: scope, label: `Only ${scope}` })),
    { value: OTHER_SCOPE, label: 'Another scope…' },
  ])}<div class="when-other">${other}</div>
`;
}

/** The durations that the limits allow. Something without an end gets the default one, or is refused. */
function durationsWithin({
  maxDurationSeconds,
  defaultDurationSeconds,
}: AdminView['limits']): readonly Duration[] {
  const max = maxDurationSeconds ?? Infinity;
  const isEndless = maxDurationSeconds === undefined && defaultDurationSeconds === undefined;
  return DURATIONS.filter((duration) => {
    if (duration === 'until') return true;
    return duration === 'off' ? isEndless : Number(duration) * 60 <= max;
  });
}

/** The duration that is chosen at first: 30 minutes, or the longest one that is shorter. */
function firstDuration(durations: readonly Duration[]): Duration {
  return durations.includes('30') ? '30' : (durations[0] ?? 'until');
}

/** A form of the page, with the hidden members that make it valid once. */
export function form(
  { forms, action: url }: AdminView,
  action: AdminAction,
  content: Markup,
  hidden: Readonly<Record<string, string>> = {},
): Markup {
  if (forms === null) return markup``;
  const token = forms.token(action);
  const members = {
    action,
    revision: String(forms.revision),
    ...(token !== null && { token }),
    ...hidden,
  };
  const inputs = Object.entries(members).map(
    ([name, value]) => markup`<input type="hidden" name="${name}" value="${value}">`,
  );
  return markup`<form method="post" action="${url}">
${joined(inputs)}
${content}
</form>`;
}
