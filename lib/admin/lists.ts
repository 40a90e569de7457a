import { markup, type Markup } from '../response/html.js';

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
