import type { MaintenanceChange, MaintenanceStatus } from '../interfaces/maintenance-status.js';
import { markup, type Markup } from '../response/html.js';
import { form, itemSections, turnOnSection } from './admin-page-forms.js';
import type { AdminView } from './admin-view.js';
import { ADMIN_SCRIPT, ADMIN_STYLE } from './page-assets.js';
import {
  changeWords,
  factList,
  htmlDocument,
  isolated,
  joined,
  meaning,
  modeWord,
  scopeTitle,
  stateWord,
  timeWithDistance,
  VIA_WORDS,
} from './page-parts.js';

/** The page on which superusers see and change everything about maintenance. */
export function adminPage(view: AdminView, review: Review | null = null): string {
  const [application] = view.items;
  const word = application ? stateWord(application.status) : '';
  return htmlDocument({
    title: `${word && `${word} – `}Maintenance mode`,
    meta: markup`<meta name="robots" content="noindex">
`,
    style: ADMIN_STYLE,
    script: ADMIN_SCRIPT,
    body: markup`<div class="page">
<header><h1>Maintenance mode</h1>${view.viewer && markup`<p class="quiet">Signed in as ${isolated(view.viewer)}</p>`}</header>
<main data-status="${view.statusUrl}"${view.forms && markup` data-revision="${String(view.forms.revision)}"`}>
${changedNotice(view)}${noticeSection(view)}${warnings(view)}${review === null ? overview(view) : reviewSection(view, review)}
</main>
</div>
`,
  });
}

function overview(view: AdminView): Markup {
  return markup`<div class="columns"><div>
${itemSections(view)}${offAllSection(view)}${turnOnSection(view)}${historySection(view)}</div>
<div>${factsSections(view)}</div></div>`;
}

/** Shown by the script when another person has changed something. */
function changedNotice({ action }: AdminView): Markup {
  return markup`<section class="card notice warning" id="changed" role="status" hidden><h2>Somebody has changed something</h2>
<p>This page shows what was before. <a href="${action}">Load it again</a></p></section>
`;
}

function noticeSection({ notice }: AdminView): Markup {
  if (notice === null) return markup``;
  const { kind, title, text, link } = notice;
  const once =
    link &&
    markup`<p>Copy it now: it is not shown again. <a href="${link.href}" data-once>Open it</a></p>
<label for="link">Bypass link</label>
<input id="link" readonly value="${link.url}">
`;
  return markup`<section class="card notice ${kind}" role="${kind === 'done' ? 'status' : 'alert'}"><h2>${title}</h2>
${text ? markup`<p>${text}</p>` : ''}${once ?? ''}</section>
`;
}

function warnings(view: AdminView): Markup {
  return joined(
    view.warnings.map(
      ({ title, text }) => markup`<section class="card notice warning"><h2>${title}</h2>
<p>${text}</p></section>
`,
    ),
  );
}

function offAllSection(view: AdminView): Markup {
  const on = view.items.filter(({ status, isNext }) => status.state !== 'off' && !isNext);
  if (view.forms === null || on.length < 2) return markup``;
  const content = markup`<p>The application and every scope, also what is only planned.</p>
<button class="danger">Yes, turn everything off</button>`;
  return markup`<details class="everything" name="actions"><summary class="button plain">Turn everything off…</summary>
<div class="panel">${form(view, 'off-all', content)}</div></details>
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

function reviewSection(
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

/** Work in flight in this process, who passes, and which routes stay open. */
function factsSections(view: AdminView): Markup {
  return markup`${peopleSection(view)}${workSection(view)}${routesSection(view)}`;
}

function peopleSection(view: AdminView): Markup {
  const isAnythingOn = view.items.some(({ status }) => status.state !== 'off');
  const rules = view.passes.map((rule) => markup`<li>${rule}</li>`);
  const list =
    rules.length > 0
      ? markup`<ul>${joined(rules)}</ul>`
      : markup`<p>Nobody, except at the routes that stay open.</p>`;
  const button =
    view.forms !== null && isAnythingOn
      ? form(
          view,
          'bypass',
          markup`<p class="quiet">Whoever opens a bypass link passes in that browser until this maintenance ends.</p>
<button class="plain">Make a bypass link</button>`,
        )
      : '';
  return markup`<section class="card" aria-labelledby="passes"><h2 id="passes">Who passes</h2>
${list}
${button}</section>
`;
}

function workSection({ inFlight, instance, storage }: AdminView): Markup {
  const work =
    inFlight === 0 ? 'Nothing' : inFlight === 1 ? '1 request or job' : `${inFlight} requests or jobs`;
  return markup`<section class="card" aria-labelledby="work"><h2 id="work">In flight</h2>
<p><strong>${work}</strong> in this process.</p>
<dl class="facts"><div><dt>Process</dt><dd>${instance}</dd></div>
<div><dt>Storage</dt><dd>${storage}</dd></div></dl></section>
`;
}

function routesSection({ openRoutes }: AdminView): Markup {
  if (openRoutes === null) return markup``;
  const list =
    openRoutes.length === 0
      ? markup`<p>None but these pages. Health checks get a 503, too.</p>`
      : markup`<ul class="paths">${joined(openRoutes.map((path) => markup`<li><code>${path}</code></li>`))}</ul>`;
  return markup`<section class="card" aria-labelledby="routes"><h2 id="routes">Routes that stay open</h2>
${list}</section>
`;
}

const SHOWN = 5;

/** The last changes, newest first. */
function historySection({ history, now }: AdminView): Markup {
  if (history.length === 0) return markup``;
  const items = history.map((change) => changeItem(change, now));
  const older =
    items.length > SHOWN &&
    markup`<details class="older"><summary>Older changes</summary>
<ol class="history">${joined(items.slice(SHOWN))}</ol></details>
`;
  return markup`<section class="card" aria-labelledby="history"><h2 id="history">Last changes</h2>
<ol class="history">${joined(items.slice(0, SHOWN))}</ol>
${older || ''}</section>
`;
}

function changeItem(change: MaintenanceChange, now: Date): Markup {
  return markup`<li><p><strong>${isolated(change.by ?? 'Somebody')}</strong> ${changeWords(change)}, ${VIA_WORDS[change.via]}.</p>
<p class="quiet">${timeWithDistance(change.at, now)}</p>
${
  change.reason &&
  markup`<p class="reason">Reason: ${isolated(change.reason)}</p>
`
}${
    change.note &&
    markup`<p class="reason">Note: ${isolated(change.note)}</p>
`
  }</li>
`;
}
