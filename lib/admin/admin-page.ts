import { contentSecurityPolicy, markup, type Markup } from '../response/html.js';
import { factsSections, historySection } from './admin-page-facts.js';
import { form } from './admin-page-fields.js';
import { itemSections } from './admin-page-items.js';
import { ADMIN_SCRIPT } from './admin-page-script.js';
import { ADMIN_STYLE } from './admin-page-style.js';
import { type Review, reviewSection, turnOnSection } from './admin-page-turn-on.js';
import type { AdminView } from './admin-view.js';
import { framelessHeaders } from './card-page.js';
import { stateWord } from './admin-words.js';
import { isolated, joined } from './lists.js';

export const adminPageHeaders = framelessHeaders(
  contentSecurityPolicy({ scripts: [ADMIN_SCRIPT], styles: [ADMIN_STYLE] }),
);

/** The page on which superusers see and change everything about maintenance. */
export function adminPage(view: AdminView, review: Review | null = null): string {
  const [application] = view.items;
  const word = application ? stateWord(application.status) : '';
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
<title>${word && `${word} – `}Maintenance mode</title>
<style>${markup.trusted(ADMIN_STYLE)}</style>
</head>
<body>
<div class="page">
<header><h1>Maintenance mode</h1>${view.viewer && markup`<p class="quiet">Signed in as ${isolated(view.viewer)}</p>`}</header>
<main data-status="${view.statusUrl}"${view.seal && markup` data-revision="${String(view.seal.revision)}"`}>
${changedNotice(view)}${noticeSection(view)}${warnings(view)}${review === null ? overview(view) : reviewSection(view, review)}
</main>
</div>
<script>${markup.trusted(ADMIN_SCRIPT)}</script>
</body>
</html>
`.html;
}

function overview(view: AdminView): Markup {
  return markup`<div class="columns"><div>
${itemSections(view)}${offAllSection(view)}${turnOnSection(view)}${historySection(view)}</div>
<div>${factsSections(view)}</div></div>`;
}

/** Shown by the script when somebody else has changed something. */
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
  if (view.seal === null || on.length < 2) return markup``;
  const content = markup`<p>The application and every scope, also what is only planned.</p>
<button class="danger">Yes, turn everything off</button>`;
  return markup`<details class="everything" name="actions"><summary class="button plain">Turn everything off…</summary>
<div class="panel">${form(view, 'off-all', content)}</div></details>
`;
}
