import { type Color, contrast, hexOf, mixed, parseColor } from '../validation/colors.js';
import { CARD_STYLE } from './html.js';

const DARK_CARD = '#1a212d';
const MIN_CONTRAST = 4.5;
const WHITE: Color = [255, 255, 255];

/** The style of the built-in page. */
export function pageStyle(accentColor: string | undefined): string {
  const own = accentColor === undefined ? null : parseColor(accentColor);
  const light = own ?? ([180, 83, 9] as const);
  const dark = own ? lightened(own) : ([251, 191, 36] as const);
  return STYLE.replace('$LIGHT', colors(light, WHITE)).replace(
    '$DARK',
    colors(dark, parseColor(DARK_CARD) ?? WHITE),
  );
}

/** The tint is the accent, thinned until texts stand out on it. */
function colors(accent: Color, card: Color): string {
  return `--accent: ${hexOf(accent)}; --tint: ${hexOf(mixed(card, accent, 0.1))};`;
}

/** The color, or the first lighter one that stands out from the dark card. */
function lightened(color: Color): Color {
  const card = parseColor(DARK_CARD) ?? WHITE;
  for (let share = 0; share < 1; share += 0.05) {
    const lighter = mixed(color, WHITE, share);
    if (contrast(lighter, card) >= MIN_CONTRAST) return lighter;
  }
  return WHITE;
}

const STYLE = `
:root { --page: #f3f4f6; --card: #fff; --text: #17202e; --quiet: #4b5563; --line: #e2e5ea; --shadow: #17202e14; $LIGHT }
@media (prefers-color-scheme: dark) {
  :root { --page: #0e131b; --card: ${DARK_CARD}; --text: #f3f4f6; --quiet: #bcc4d0; --line: #313b4b; --shadow: #0006; $DARK }
}
@media (prefers-contrast: more) {
  :root { --quiet: var(--text); --line: var(--text); --tint: var(--card); }
}${CARD_STYLE}
main { position: relative; overflow: hidden; border-radius: 1.25rem; box-shadow: 0 1px 2px var(--shadow), 0 12px 40px var(--shadow); }
main::before { content: ""; position: absolute; inset: 0 0 auto; height: .3125rem; background: var(--accent); }
svg { display: block; fill: none; stroke: currentColor; stroke-width: 1.6; stroke-linecap: round; stroke-linejoin: round; }
.icon { width: 3.5rem; height: 3.5rem; padding: .75rem; color: var(--accent); background: var(--tint); border-radius: 1rem; }
.logo { display: block; max-width: 100%; height: 3.5rem; object-fit: contain; object-position: left; }
:dir(rtl) .logo { object-position: right; }
h1 { margin: 1.75rem 0 .75rem; font-size: clamp(1.375rem, 1rem + 2.6vw, 2.125rem); line-height: 1.2; letter-spacing: -.015em; text-wrap: balance; overflow-wrap: anywhere; }
:lang(ar) h1, :lang(he) h1, :lang(ja) h1, :lang(zh) h1, :lang(ko) h1 { letter-spacing: 0; }
:lang(ja) { word-break: auto-phrase; line-break: strict; }
:lang(ko) { word-break: keep-all; }
p { margin: 0; overflow-wrap: anywhere; text-wrap: pretty; }
.reason { white-space: pre-line; }
.until { display: flex; gap: .875rem; margin-top: 1.75rem; padding: 1rem 1.125rem; background: var(--tint); border-radius: .875rem; }
.until svg { flex: none; width: 1.5rem; height: 1.5rem; margin-top: .0625rem; color: var(--accent); }
.until p + p { margin-top: .25rem; }
time { display: inline-block; font-weight: 600; text-wrap: balance; }
.quiet { margin-top: 1.5rem; color: var(--quiet); font-size: .9375rem; }
.until .quiet { color: var(--text); }
.waiting::before {
  content: ""; display: inline-block; border: .25rem solid var(--accent); border-radius: 50%;
  margin-inline-end: .625rem; vertical-align: .125em; animation: pulse 2.4s ease-in-out infinite;
}
@keyframes pulse { 50% { opacity: .25; } }
@media (prefers-reduced-motion: reduce) { .waiting::before { animation: none; } }
footer { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; margin-top: 2rem; padding-top: 1.25rem; border-top: 1px solid var(--line); color: var(--quiet); font-size: .9375rem; overflow-wrap: anywhere; }
a { color: var(--text); text-decoration-color: var(--accent); text-decoration-thickness: .125em; text-underline-offset: .25em; }
a:hover { text-decoration-thickness: .1875em; }
a:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; border-radius: .125rem; }
[hidden] { display: none; }
@media (forced-colors: active) { main::before { background: Highlight; } .until { border: 1px solid; } }
@media print {
  :root { --page: #fff; --card: #fff; --text: #000; --quiet: #000; --line: #999; --tint: #fff; }
  body { display: block; padding: 0; } main { max-width: none; border: 0; box-shadow: none; } main::before, .waiting { display: none; }
}
`;
