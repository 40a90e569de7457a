import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';
import { markup, type Markup } from '../response/html.js';
import { form, radios, select, textArea, textField, timeField } from './admin-page-fields.js';
import { durationsWithin, firstDuration } from './admin-page-limits.js';
import type { AdminView } from './admin-view.js';
import { meaning, modeWord, scopeTitle } from './admin-words.js';
import { factList, isolated, joined } from './lists.js';
import { timeWithDistance } from './times.js';

/** The value of the choice that opens the field for another scope: no name of a scope begins with a space. */
export const OTHER_SCOPE = ' other';

const DURATION_WORDS: Readonly<Record<ReturnType<typeof firstDuration>, string>> = {
  '15': '15 min',
  '30': '30 min',
  '60': '1 hour',
  '120': '2 hours',
  until: 'Until a time',
  off: 'Until turned off',
};

/** The form to turn maintenance on, now or later. It leads to a summary, which asks once. */
export function turnOnSection(view: AdminView): Markup {
  if (view.seal === null) return markup``;
  const isAnythingOn = view.items.some(({ status }) => status.state !== 'off');
  const isOpen = !isAnythingOn || view.draft?.action === 'on';
  const content = markup`${fields(view)}<button>Continue…</button>
<p class="quiet">You see a summary before anything changes.</p>`;
  return markup`<details class="card turn-on"${isOpen ? markup` open` : ''}><summary><h2>${isAnythingOn ? 'Turn on or plan something else' : 'Turn maintenance on'}</h2></summary>
${form(view, 'on', content)}</details>
`;
}

function fields(view: AdminView): Markup {
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

/** What the form asks for, before anything changes. */
export interface Review {
  readonly status: MaintenanceStatus;
  readonly note: string | null;
  readonly allow: readonly string[];
  /** What it replaces; null: nothing. */
  readonly replaces: MaintenanceStatus | null;
  /** Minutes from the moment of the confirmation, if it has no other end. */
  readonly minutes: number | null;
  readonly fields: Readonly<Record<string, string>>;
}

export function reviewSection(
  view: AdminView,
  { status, note, allow, replaces, minutes, fields: sent }: Review,
): Markup {
  const { scope, mode, startsAt, endsAt, reason, state } = status;
  const begins = state === 'scheduled' && startsAt ? timeWithDistance(startsAt, view.now) : 'now';
  const lasts = minutes === null ? null : `${minutes} minutes`;
  const facts = factList([
    ['What', scopeTitle(scope)],
    ['Mode', modeWord(mode)],
    ['Begins', begins],
    ['Lasts', lasts],
    ['Ends', endsAt === null ? 'when it is turned off' : timeWithDistance(endsAt, view.now)],
    ['Reason', reason && markup`<bdi class="reason">${reason}</bdi>`],
    ['Note', note && markup`<bdi class="reason">${note}</bdi>`],
    ['Let in', allow.length > 0 ? allow.join(', ') : null],
  ]);
  const replaced =
    replaces &&
    markup`<p class="warning">This replaces what is ${replaces.state === 'active' ? 'on' : 'planned'} now${replaces.reason && markup`: ${isolated(replaces.reason)}`}.</p>
`;
  const open =
    endsAt === null &&
    markup`<p class="warning">It has no end. Somebody has to turn it off.</p>
`;
  const title = state === 'scheduled' ? 'Plan this maintenance?' : 'Turn maintenance on?';
  const content = markup`<div class="actions"><button class="danger" name="confirmed" value="yes">${state === 'scheduled' ? 'Yes, plan it' : 'Yes, turn it on'}</button>
<button class="plain" name="edit" value="yes">Back to the form</button></div>`;
  return markup`<section class="card review" aria-labelledby="review">
<h2 id="review">${title}</h2>
<p>${meaning(status)}</p>
${facts}${replaced || ''}${open || ''}${form(view, 'on', content, sent)}</section>
`;
}
