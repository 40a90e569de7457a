import { readdirSync, readFileSync } from 'node:fs';

/** A block of code in a page of the documentation. */
export interface CodeBlock {
  readonly page: string;
  /** Of its first line of code. */
  readonly line: number;
  readonly code: string;
}

const BLOCK =
  /^(?<indent> *(?:> )?)```(?:ts|typescript)\b.*\n(?<code>(?:\k<indent>.*\n| *>?\n)*?)\k<indent>```$/gm;

/** Its examples are for browsers, with packages that this repository does not have. */
const FOR_BROWSERS = 'front-ends.md';

/** All blocks of TypeScript in the README and in `docs/`, for Node. */
export function codeBlocks(): CodeBlock[] {
  const pages = readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md') && name !== FOR_BROWSERS && !name.startsWith('api/'))
    .map((name) => `docs/${name}`);
  return ['README.md', ...pages.toSorted()].flatMap((page) => {
    const text = readFileSync(page, 'utf8');
    return [...text.matchAll(BLOCK)].map(({ index, groups }) => ({
      page,
      line: text.slice(0, index).split('\n').length + 1,
      code: withoutIndent(groups?.['code'] ?? '', groups?.['indent'] ?? ''),
    }));
  });
}

/** That of a list, or of a quotation, whose blank lines have no space at their end. */
function withoutIndent(code: string, indent: string): string {
  return code.replaceAll(new RegExp(`^(?:${indent}|${indent.trimEnd()}$)`, 'gm'), '');
}
