import type { MaintenanceReasons } from '../interfaces/maintenance-status.js';
import { markup, type Markup } from '../response/html.js';
import { fieldTime, form, select, textArea, textField, timeField } from './admin-page-fields.js';
import { isTouched, snapshotOf } from './form-snapshot.js';
import { emptyEnd } from './admin-page-limits.js';
import { type AdminItem, type AdminView, EXTEND_MS } from './admin-view.js';
import { icon } from './admin-page-icons.js';
import { lookOf, meaning, modeWord, scopeTitle, stateTitle, stateWord } from './admin-words.js';
import { factList, isolated, joined } from './lists.js';
import { timeWithDistance } from './times.js';

/** The application and the scopes, each with what can be done about it. */
export function itemSections(view: AdminView): Markup {
  return joined(view.items.map((item, index) => itemSection(view, item, `item-${index}`)));
}

function itemSection(view: AdminView, item: AdminItem, id: string): Markup {
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

function facts({ status, note, allow, since, isNext }: AdminItem, now: Date): Markup {
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

function nameOf(scope: string | null): Markup | string {
  return scope === null ? 'the application' : isolated(scope);
}

function setBy(by: string | null, updatedAt: Date | null, now: Date): Markup | null {
  if (by === null && updatedAt === null) return null;
  return markup`${isolated(by ?? 'unknown')}${updatedAt && markup`, ${timeWithDistance(updatedAt, now)}`}`;
}

function actions(view: AdminView, item: AdminItem, id: string): Markup {
  const { status, isNext } = item;
  if (view.seal === null || status.state === 'off') return markup``;
  if (isNext)
    return markup`<p class="quiet">Turning off ${nameOf(status.scope)} cancels this stage, too.</p>
`;
  return markup`<div class="actions">
${extendForm(view, item)}${changeForm(view, item, id)}${offForm(view, item)}</div>
`;
}

function extendForm(
  view: AdminView,
  { since, status: { state, startsAt, endsAt, scope } }: AdminItem,
): Markup {
  if (state !== 'active' || endsAt === null) return markup``;
  const { maxDurationSeconds = Infinity } = view.limits;
  const began = startsAt ?? since ?? view.now;
  if (endsAt.getTime() + EXTEND_MS > began.getTime() + maxDurationSeconds * 1000) return markup``;
  const button = markup`<button class="plain">Extend by 30 minutes</button>`;
  return form(view, 'extend', button, { scope: scope ?? '' });
}

function offForm(view: AdminView, { status: { state, scope } }: AdminItem): Markup {
  const isOn = state === 'active';
  const name = nameOf(scope);
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

function changeForm(view: AdminView, { status, note, allow }: AdminItem, id: string): Markup {
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
