import { beforeAll, describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { examplesForNode, otherExamples } from './code-blocks.js';
import { compileBlocks } from './compile-blocks.js';

const blocks = examplesForNode();
let complaints: string[][] = [];

beforeAll(() => {
  complaints = compileBlocks(blocks);
});

/** What an example does not import is imported from the package that has it, or from `surroundings.ts`: the reader's own application. */
describe('An example of the documentation compiles under strict', () => {
  it.each(blocks.map(({ page, line }, index) => [`${page}:${line}`, index] as const))('%s', (_, index) => {
    expect(complaints[index]).toEqual([]);
  });

  it('and there are examples on many pages', () => {
    expect(new Set(blocks.map(({ page }) => page)).size).toBeGreaterThan(10);
  });
});

describe('An example of the documentation for browsers, or in another language, can be parsed', () => {
  it.each(otherExamples().map((block) => [`${block.page}:${block.line}`, block] as const))(
    '%s',
    (_, block) => {
      expect(syntaxErrors(block.language, block.code)).toEqual([]);
    },
  );
});

function syntaxErrors(language: string, code: string): string[] {
  if (language === 'json') return jsonErrors(code);
  const { diagnostics = [] } = ts.transpileModule(code, {
    fileName: `example.${language}`,
    reportDiagnostics: true,
    compilerOptions: { target: ts.ScriptTarget.ES2022, allowJs: true, jsx: ts.JsxEmit.Preserve },
  });
  return diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}

function jsonErrors(code: string): string[] {
  try {
    JSON.parse(code);
    return [];
  } catch (error) {
    return [String(error)];
  }
}
