import { readdirSync, readFileSync } from 'node:fs';

/** A block of code in a page of the documentation. */
export interface CodeBlock {
  readonly page: string;
  /** As it stands behind the fence. */
  readonly language: string;
  /** Of its first line of code. */
  readonly line: number;
  readonly code: string;
}

const BLOCK =
  /^(?<indent> *(?:> )?)```(?<language>[a-z]+)\b.*\n(?<code>(?:\k<indent>.*\n| *>?\n)*?)\k<indent>```$/gm;

/** Its examples are for browsers, with packages that this repository does not have. */
const FOR_BROWSERS = 'docs/front-ends.md';

/** All blocks of TypeScript in the README and in `docs/`, for Node. */
export function examplesForNode(): CodeBlock[] {
  return allBlocks().filter(({ page, language }) => language === 'ts' && page !== FOR_BROWSERS);
}

/** The blocks that can be parsed, but not compiled: they are for browsers, or no TypeScript. */
export function otherExamples(): CodeBlock[] {
  const languages = new Set(['js', 'tsx', 'json']);
  return allBlocks().filter(
    ({ page, language }) => languages.has(language) || (language === 'ts' && page === FOR_BROWSERS),
  );
}

function allBlocks(): CodeBlock[] {
  const pages = readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md') && !name.startsWith('api/'))
    .map((name) => `docs/${name}`);
  return ['README.md', ...pages.toSorted()].flatMap((page) => {
    const text = readFileSync(page, 'utf8');
    return [...text.matchAll(BLOCK)].map(({ index, groups }) => ({
      page,
      language: groups?.['language'] ?? '',
      line: text.slice(0, index).split('\n').length + 1,
      code: withoutIndent(groups?.['code'] ?? '', groups?.['indent'] ?? ''),
    }));
  });
}

/** That of a list, or of a quotation, whose blank lines have no space at their end. */
function withoutIndent(code: string, indent: string): string {
  return code.replaceAll(new RegExp(`^(?:${indent}|${indent.trimEnd()}$)`, 'gm'), '');
}
