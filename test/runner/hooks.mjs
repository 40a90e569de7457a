// Node's module hooks (they run in a thread of their own): TypeScript, the package once for the process, and a fresh copy of
// what stands in test/ for each spec file.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';
import { swcOptions } from './swc.mjs';

const ROOT = new URL('../../', import.meta.url);
const LIB = new URL('lib/', ROOT).href;
/** In place of the number of a spec file: each would load the package in 0.4 s, and none of it would ever be let go. */
const SHARED = 'shared';
const PACKAGE = /^nestjs-maintenance-mode(?:\/(?<entry>.+))?$/;

const compiled = new Map();

export async function resolve(specifier, context, next) {
  const from = context.parentURL;
  const spec = from && isOurs(from) ? new URL(from).searchParams.get('spec') : null;
  if (spec === null) return next(specifier, context);

  const { url, ...rest } = await next(sourceOf(specifier, from), context);
  if (!isOurs(url)) return { ...rest, url, shortCircuit: true };
  const shared = url.startsWith(LIB) ? SHARED : spec;
  return { ...rest, url: `${url}?spec=${shared}`, shortCircuit: true };
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
