import type { MaintenanceChange } from '../interfaces/maintenance-status.js';
import { markup, type Markup } from '../response/html.js';
import { form } from './admin-page-fields.js';
import type { AdminView } from './admin-view.js';
import { changeWords, viaWords } from './admin-words.js';
import { isolated, joined } from './lists.js';
import { timeWithDistance } from './times.js';

/** What goes on in this process, who passes, and which routes stay open. */
export function factsSections(view: AdminView): Markup {
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
    view.seal !== null && isAnythingOn
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
export function historySection({ history, now }: AdminView): Markup {
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
  return markup`<li><p><strong>${isolated(change.by ?? 'Somebody')}</strong> ${changeWords(change)}, ${viaWords(change.via)}.</p>
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
