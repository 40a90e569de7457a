import type { Configuration } from './configurations.js';
import { USER_HEADER } from './journal.js';
import { mutatePath } from './mutate-path.js';
import { pick, type Random } from './random-choice.js';
import { randomFrom } from '../support/random.js';

export interface FuzzRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

const ROUTES = [
  'off',
  'off/all',
  'off/items/7',
  'off/items/secret',
  'off/wild/a/b',
  'off/wild/closed',
  'off/by-method',
  'off/middleware',
  'off/raw/7',
  'off/shadowed',
  'off/rewritten',
  'other/open/health',
  'other/open/else',
  'class/open',
  'class/scoped',
  'class/on',
  'inherited/open/list',
  'inherited/closed/list',
  'inherited/closed/health',
  'nested/area/open',
  'nested/area/closed',
  'versioned',
  'versions/neutral',
  'versions/listed',
  'hosted',
  'tenants',
  'optional',
  'optional/part',
  'pattern/12',
  'files/open.txt',
  'files/hosted.txt',
];

/** Where there is other people's middleware. */
const LAYERED = ['open', 'open/a', 'open/a/b', 'open/files/page.txt', 'open/files/no-such-file'];

/** Never beneath a prefix, nor under a version. */
const RAW = [
  'raw/early',
  'raw/late',
  'raw/rewritten',
  'off/raw/7',
  'off/shadowed',
  'off/rewritten',
  'middleware',
  'middleware/off',
  'consumer/answers',
  'files/page.txt',
  'files/open.txt',
  'files/hosted.txt',
  'files/no-such-file',
  'files',
  'nowhere',
  '',
];

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const ODD_METHODS = [
  'TRACE',
  'PROPFIND',
  'SEARCH',
  'QUERY',
  'LOCK',
  'M-SEARCH',
  'PURGE',
  'CONNECT',
  'get',
  'FOO',
  'GETS',
];
const HOSTS = [
  'admin.example.com',
  'ADMIN.example.com',
  'admin.example.com:80',
  'admin.example.com.',
  'shop.example.com',
  'example.com',
  'localhost',
  '127.0.0.1',
  '[::1]:80',
  '',
  'admin.example.com, example.com',
  'admin.example.com@evil',
  'evil\\admin.example.com',
];
const VERSIONS = [
  '1',
  '2',
  '3',
  '02',
  'v2',
  '',
  '1, 2',
  '2,1',
  '1.0',
  '2.x',
  '*',
  'constructor',
  '__proto__',
];
const PATHS = ['/off', '/off/all', '/raw/early', '//off', 'http://admin.example.com/off'];
const ADDRESSES = ['127.0.0.1', '10.0.0.1', '::1', 'unknown', '127.0.0.1, 10.0.0.1', '"><script>'];

type Field = readonly [name: string, value: string];

/** The same requests for the same seed. */
export function* requestsFor(configuration: Configuration, seed: number): Generator<FuzzRequest, never> {
  const random = randomFrom(seed);
  const paths = pathsOf(configuration);
  for (;;) {
    const body = randomBody(random);
    yield {
      method: randomMethod(random),
      target: mutatePath(pick(random, paths), paths, random),
      headers: [
        ...randomHosts(random),
        ...randomFields(random),
        ...(configuration.layers ? randomLayerFields(random) : []),
        ...body.fields,
      ],
      body: body.text,
    };
  }
}

/** Most often those that there are routes for. */
function pathsOf({ prefix, versioning, layers }: Configuration): string[] {
  const versions = versioning === 'uri' ? ['', 'v1/', 'v2/', 'v3/'] : [''];
  const versioned = ROUTES.filter((route) => route.startsWith('version'));
  const routes = [
    ...ROUTES,
    ...(layers ? LAYERED : []),
    ...versions.flatMap((version) => versioned.map((route) => `${version}${route}`)),
    ...(versioning === 'header' ? [...versioned, ...versioned] : []),
  ];
  const beneath = routes.map((route) => `api/${route}`);
  const prefixed = prefix ? [...beneath, ...beneath, ...routes] : [...routes, ...routes];
  return [...prefixed, ...RAW, ...(layers ? LAYERED : [])].map((path) => `/${path}`);
}

function randomMethod(random: Random): string {
  if (random(100) < 70) return 'GET';
  return random(100) < 85 ? pick(random, METHODS) : pick(random, ODD_METHODS);
}

function randomHosts(random: Random): Field[] {
  if (random(100) < 55) return [['Host', 'localhost']];
  if (random(100) < 60) return [['Host', 'admin.example.com']];
  if (random(100) < 4) return [];
  const hosts: Field[] = [['Host', pick(random, HOSTS)]];
  return random(100) < 10 ? [...hosts, ['Host', pick(random, HOSTS)]] : hosts;
}

type Sometimes = (percent: number, name: string, values: readonly string[]) => void;

function someFields(random: Random, choose: (sometimes: Sometimes) => void): Field[] {
  const fields: Field[] = [];
  choose((percent, name, values) => {
    if (random(100) < percent) fields.push([name, pick(random, values)]);
  });
  return fields;
}

/** What the middleware reads, and who asks. */
function randomLayerFields(random: Random): Field[] {
  return someFields(random, (sometimes) => {
    sometimes(15, USER_HEADER, ['staff', 'staff', 'member']);
    sometimes(40, 'Accept-Encoding', ['gzip', 'gzip, deflate, br', 'identity', '*', 'x', 'gzip;q=0']);
    sometimes(30, 'Origin', ['https://shop.example', 'null', 'http://[', '']);
    sometimes(10, 'Access-Control-Request-Method', ['POST', 'GET', 'x']);
    sometimes(15, 'Cookie', ['connect.sid=s%3Ax.y', 'sessionId=x.y', ';;=;', 'a=%zz']);
  });
}

function randomFields(random: Random): Field[] {
  return someFields(random, addFields);
}

function addFields(sometimes: Sometimes): void {
  sometimes(45, 'X-Version', VERSIONS);
  sometimes(5, 'x-version', VERSIONS);
  sometimes(10, 'X-Forwarded-Host', HOSTS);
  sometimes(8, 'X-Forwarded-For', ADDRESSES);
  sometimes(6, 'X-Forwarded-Proto', ['https', 'http', 'javascript', 'https, http']);
  sometimes(4, 'X-Forwarded-Prefix', PATHS);
  sometimes(4, 'X-Original-URL', PATHS);
  sometimes(4, 'X-Rewrite-URL', PATHS);
  sometimes(4, 'X-HTTP-Method-Override', METHODS);
  sometimes(6, 'Accept', ['text/html', 'application/json', '*/*', 'nothing', 'application/json;v=2']);
  sometimes(4, 'Range', ['bytes=0-1', 'bytes=99-', 'bytes=x']);
  sometimes(3, 'If-None-Match', ['*', '"x"']);
  sometimes(3, 'Expect', ['100-continue', '100-continue', 'x']);
  sometimes(3, 'Upgrade', ['websocket', 'h2c']);
}

/** Whole and well formed: whether a body that is not is refused by a route or by maintenance, this fuzz cannot tell. */
function randomBody(random: Random): { readonly fields: Field[]; readonly text: string } {
  const chance = random(100);
  if (chance < 70) return { fields: [], text: '' };
  if (chance < 80) return { fields: [['Content-Length', '0']], text: '' };
  const type: Field = ['Content-Type', 'application/json'];
  if (chance < 90) return { fields: [type, ['Content-Length', '2']], text: '{}' };
  return { fields: [type, ['Transfer-Encoding', 'chunked']], text: '2\r\n{}\r\n0\r\n\r\n' };
}
