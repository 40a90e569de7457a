/** The style of all pages, served at `/shop.css`. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #faf6ef; --card: #ffffff; --ink: #2a2118; --soft: #6d6053; --line: #e6dccd; --accent: #9a3412; --on-accent: #ffffff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #17130f; --card: #211b15; --ink: #f4ece1; --soft: #b7a898; --line: #3a3027; --accent: #fdba74; --on-accent: #17130f;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; min-height: 100vh; display: flex; flex-direction: column;
  color: var(--ink); background: var(--paper); font: 1.0625rem/1.6 Georgia, 'Times New Roman', serif;
}
header, main, footer { width: 100%; max-width: 60rem; margin: 0 auto; padding: 0 1.25rem; }
header { display: flex; flex-wrap: wrap; gap: .5rem 2rem; align-items: baseline; padding-block: 1.5rem; border-bottom: 1px solid var(--line); }
.brand { font-size: 1.375rem; font-weight: 700; letter-spacing: .01em; color: var(--ink); text-decoration: none; }
nav { display: flex; gap: 1.25rem; margin-inline-start: auto; font-family: system-ui, sans-serif; font-size: .9375rem; }
a { color: var(--accent); text-underline-offset: .2em; }
main { flex: 1; padding-block: 2rem 3rem; }
h1 { margin: 0 0 1.5rem; font-size: clamp(1.75rem, 5vw, 2.5rem); line-height: 1.15; text-wrap: balance; }
h2 { margin: 0; font-size: 1.1875rem; line-height: 1.3; }
p { margin: .5rem 0; }
footer { padding-block: 1.5rem; color: var(--soft); font-size: .9375rem; border-top: 1px solid var(--line); }
.books { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(20rem, 100%), 1fr)); gap: 1.25rem; padding: 0; list-style: none; }
.book, .panel { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1.25rem; }
.book { display: flex; flex-direction: column; }
.book .by { color: var(--soft); margin: .125rem 0 1rem; }
.book form { display: flex; align-items: center; gap: 1rem; margin-top: auto; }
.price { font-variant-numeric: tabular-nums; font-weight: 700; }
.panel { max-width: 26rem; }
label { display: block; margin: 1rem 0; }
input, button { font: 1rem/1.5 system-ui, sans-serif; border-radius: .5rem; padding: .5rem .875rem; }
input { display: block; width: 100%; margin-top: .375rem; color: inherit; background: var(--paper); border: 1px solid var(--soft); }
button { margin-inline-start: auto; font-weight: 600; color: var(--on-accent); background: var(--accent); border: 1px solid var(--accent); cursor: pointer; }
.panel button { margin: 0; }
button:hover { filter: brightness(1.1); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
table { width: 100%; border-collapse: separate; border-spacing: 0; overflow: hidden; margin-top: 1.25rem; background: var(--card); border: 1px solid var(--line); border-radius: .75rem; }
th, td { padding: .625rem 1rem; text-align: start; border-bottom: 1px solid var(--line); }
tr:last-child td { border-bottom: 0; }
th { font-family: system-ui, sans-serif; font-size: .8125rem; color: var(--soft); }
`;
