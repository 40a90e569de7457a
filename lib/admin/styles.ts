/** Colors and controls of the pages for admins, in light and dark. Each color of text has a contrast of at least 4.5. */
export const THEME = `
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

export const CONTROLS = `
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
