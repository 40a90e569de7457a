// Node's module hooks (they run in a thread of their own): TypeScript, and a fresh copy of our own modules for each spec file.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';
import { swcOptions } from './swc.mjs';

const ROOT = new URL('../../', import.meta.url);
const PACKAGE = /^nestjs-maintenance-mode(?:\/(?<entry>.+))?$/;

const compiled = new Map();

export async function resolve(specifier, context, next) {
  const from = context.parentURL;
  const spec = from && isOurs(from) ? new URL(from).searchParams.get('spec') : null;
  if (spec === null) return next(specifier, context);

  const { url, ...rest } = await next(sourceOf(specifier, from), context);
  return { ...rest, url: isOurs(url) ? `${url}?spec=${spec}` : url, shortCircuit: true };
}

export async function load(url, context, next) {
  if (!isOurs(url) || !new URL(url).pathname.endsWith('.ts')) return next(url, context);
  return { format: 'module', source: compile(fileURLToPath(url)), shortCircuit: true };
}

function isOurs(url) {
  return url.startsWith(ROOT.href) && !url.includes('/node_modules/');
}

/** What stands behind an import: the package is its sources, a `.js` of ours may be a `.ts`. */
function sourceOf(specifier, from) {
  if (specifier === '@jest/globals') return new URL('globals.mjs', import.meta.url).href;
  const self = PACKAGE.exec(specifier);
  if (self) return new URL(`lib/${self.groups.entry ?? 'index'}.ts`, ROOT).href;
  if (!/^\.{1,2}\/.*\.js$/.test(specifier)) return specifier;
  const typescript = new URL(specifier.replace(/js$/, 'ts'), from);
  return existsSync(typescript) ? typescript.href.replace(/\?.*$/, '') : specifier;
}

/** Once for a process, as long as the file stays as it is. */
function compile(path) {
  const text = readFileSync(path, 'utf8');
  const known = compiled.get(path);
  if (known?.text === text) return known.code;
  const { code } = transformSync(text, { ...swcOptions, filename: path, sourceMaps: false });
  compiled.set(path, { text, code });
  return code;
}
