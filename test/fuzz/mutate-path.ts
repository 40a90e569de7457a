import { pick, type Random } from './random-choice.js';

type Mutation = (path: string, random: Random, others: readonly string[]) => string;

const encode = (character: string): string => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`;

/** At a random place, or where a slash is. */
const insert = (path: string, text: string, random: Random): string => {
  const at = random(2) === 0 ? random(path.length + 1) : slashOf(path, random) + random(2);
  return path.slice(0, at) + text + path.slice(at);
};

const slashOf = (path: string, random: Random): number => {
  const places = [...path.matchAll(/\//g)].map(({ index }) => index);
  return places.length === 0 ? 0 : pick(random, places);
};

const replaceSlash = (path: string, text: string, random: Random): string => {
  const at = slashOf(path, random);
  return path.slice(0, at) + text + path.slice(at + 1);
};

const replaceCharacter = (path: string, random: Random, by: (character: string) => string): string => {
  const at = random(Math.max(path.length, 1));
  return path.slice(0, at) + by(path[at] ?? '') + path.slice(at + 1);
};

const swapCase = (character: string): string =>
  character === character.toUpperCase() ? character.toLowerCase() : character.toUpperCase();

const MUTATIONS: readonly Mutation[] = [
  (path, random) => replaceCharacter(path, random, swapCase),
  (path) => path.toUpperCase(),
  (path, random) => insert(path, '/', random),
  (path) => `/${path}`,
  (path) => `${path}/`,
  (path) => `${path}//`,
  (path) => path.slice(0, -1),
  (path) => path.slice(1),
  (path, random) =>
    insert(path, pick(random, ['/./', '/../', '/x/../', '/..', '.', '..', '/.%2e/', '/%2e%2E/']), random),
  (path, random) =>
    replaceCharacter(path, random, (character) => (character === '' ? '' : encode(character))),
  (path, random) =>
    replaceCharacter(path, random, (character) => (character === '' ? '' : encode(character).toUpperCase())),
  (path, random) =>
    replaceCharacter(path, random, (character) =>
      character === '' ? '' : `%25${encode(character).slice(1)}`,
    ),
  (path) =>
    path
      .split('')
      .map((character) => (character === '/' ? character : encode(character)))
      .join(''),
  (path, random) =>
    replaceSlash(path, pick(random, ['%2f', '%2F', '\\', '%5c', '%5C', '%252f', '/%2f']), random),
  (path, random) => insert(path, pick(random, [';', ';x', ';x=y', '%3b', ';/off', '/;/', ';%2f']), random),
  (path, random) =>
    insert(path, pick(random, ['?', '?y=/off', '?mw', '%3f', '?;', '??', '?/../off', '?%zz']), random),
  (path, random) => insert(path, pick(random, ['#', '#/off', '%23', '#?', '?#']), random),
  (path, random) =>
    insert(path, pick(random, ['%', '%z', '%zz', '%c0%ae', '%ff', '%2', '%u002f', '%E0%A4%A']), random),
  (path, random) =>
    insert(
      path,
      pick(random, ['%00', '%0a', '%0d%0aX: y', '%09', '%20', '+', '\t', '%7f', '%85', '%a0']),
      random,
    ),
  // The Kelvin sign and the long s, whose lower and upper case are ASCII; full-width letters; raw bytes.
  (path, random) =>
    insert(
      path,
      pick(random, ['%E2%84%AA', '%C5%BF', '%EF%BC%8F', '\u00e9', '\u00c3\u00a9', '\u00ff']),
      random,
    ),
  (path) => path.replaceAll(/s/g, '%C5%BF'),
  (path, random) =>
    `${pick(random, ['http://', 'https://', 'HTTP://', 'ws://', '//', 'http:', 'http:/'])}${pick(random, ['localhost', 'admin.example.com', 'off', 'off:80', 'x@off', ''])}${path}`,
  (path, random, others) =>
    `${path}${pick(random, ['/..', '', '/../..', '/%2e%2e', ';', '?', '#', '%2f..', '\\..', '%00'])}${pick(random, others)}`,
  (path, random, others) => `${pick(random, others)}/..${path}`,
  (path) => path.replace(/^\/api/, ''),
  (path) => `/api${path}`,
  (path, random) => `/${pick(random, ['v1', 'v2', 'v3', 'V2', 'v02', 'v%32', 'v'])}${path}`,
  (path, random) => path.replace(/v\d/, pick(random, ['v1', 'v2', 'V2', 'v02', 'v%32', 'v'])),
  (path, random) =>
    `${path}${pick(random, ['.json', '.html', '.', '*', ':x', '(x)', '{}', '|', '^', '$', '!', '~', ',', '@', "'", '"', '<', '&', '='])}`,
  (path) => `${path}/${'a'.repeat(150)}`,
  (path) => `${path}${'/'.repeat(40)}`,
  (path, random) => `${path}?${'x'.repeat(random(2) === 0 ? 500 : 20_000)}`,
  (path, random) =>
    path
      .split('')
      .toSpliced(random(path.length + 1), 1)
      .join(''),
  (_path, random) =>
    pick(random, [
      '*',
      '/*',
      '/',
      '',
      '.',
      '..',
      '/..',
      '?',
      '#',
      '%',
      '/%',
      '\\',
      'off',
      '*off',
      '/:id',
      '//',
    ]),
];

/** The path as it is, three times in ten; else changed in one to three ways. */
export function mutatePath(path: string, others: readonly string[], random: Random): string {
  let mutated = path;
  for (let count = pick(random, [0, 0, 0, 1, 1, 1, 1, 2, 2, 3]); count > 0; count -= 1) {
    mutated = pick(random, MUTATIONS)(mutated, random, others);
  }
  // What would be another line of the request, and a target that is not there, say nothing about paths.
  return mutated.replaceAll(/[\r\n ]/g, '');
}
