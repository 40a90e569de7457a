/** What the soak sends: connections with one to four requests each, and how their bytes arrive. */
import { pick, randomFrom } from './random.mjs';

const OPEN = [
  '/open',
  '/open/a',
  '/open/a/b?x=1',
  '/open/large',
  '/open/stream',
  '/open/next',
  '/open/throws',
];
const CLOSED = [
  '/shop',
  '/shop/cart',
  '/shop/large',
  '/shop/stream',
  '/shop/denied',
  '/shop/lost',
  '/shop/throws',
];
const OTHERS = [
  '/files/page.txt',
  '/files/large.txt',
  '/open/files/page.txt',
  '/files/none',
  '/answers',
  '/raw',
  '/',
];
const ODD = [
  'http://[/',
  'x://[',
  'http://[::1/open',
  '//[/open',
  '/api/%zz',
  '/open/%zz',
  '/open/%ff%00',
  '/%',
  '*',
  '/open/../shop',
  '/open/..%2fshop',
  '//open/a',
  '/OPEN/a',
  '/open;x',
  '/open/#/shop',
  'http://shop/open/a',
  'http://open/shop',
  '/shop/../files/page.txt',
  '/files/..%2f..%2fetc/passwd',
  `/open/${'a'.repeat(300)}`,
  `/shop?${'x'.repeat(9_000)}`,
  `/${'y'.repeat(20_000)}`,
  'shop',
];
const METHODS = ['HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const ODD_METHODS = ['PROPFIND', 'QUERY', 'PURGE', 'CONNECT', 'FOO', 'get', 'TRACE'];
const USERS = ['staff', 'staff', 'member', 'broken', 'slow'];
const ENCODINGS = ['gzip', 'gzip, deflate, br', 'br', 'identity', 'deflate', '*', 'x', 'gzip;q=0'];

const FIELDS = [
  [30, 'Accept-Encoding', ENCODINGS],
  [20, 'Accept', ['text/html', 'application/json', '*/*', 'text/html;q=0.1, application/json', 'x']],
  [25, 'Origin', ['https://shop.example', 'null', 'http://[', '']],
  [10, 'Access-Control-Request-Method', ['POST', 'GET', 'x']],
  [25, 'X-User', USERS],
  [
    15,
    'Cookie',
    ['connect.sid=s%3Ax.y', 'sessionId=x.y', 'maintenance=1', ';;=;', 'a=%zz', `a=${'b'.repeat(3_000)}`],
  ],
  [5, 'Range', ['bytes=0-1', 'bytes=99999999-', 'bytes=0-1,3-4', 'x']],
  [5, 'If-None-Match', ['*', '"x"', 'W/"x"']],
  [4, 'If-Modified-Since', ['Sat, 01 Jan 2050 00:00:00 GMT', 'x']],
  [4, 'X-HTTP-Method-Override', ['DELETE', 'HEAD']],
  [4, 'X-Forwarded-For', ['::1', '10.0.0.1, 127.0.0.1', '"><script>']],
  [3, 'X-Forwarded-Host', ['[', 'shop.example']],
  [3, 'Upgrade', ['websocket', 'h2c']],
  [3, 'X-Requested-With', ['XMLHttpRequest']],
];
const HOSTS = ['localhost', 'localhost', 'shop.example:80', '[', '', 'a b', '[::1]:80'];

function target(random) {
  const chance = random(100);
  const path = chance < 35 ? pick(random, OPEN) : chance < 65 ? pick(random, CLOSED) : pick(random, OTHERS);
  if (chance >= 82) return pick(random, ODD);
  return random(12) === 0 ? changed(path, random) : path;
}

/** One character more, less, or another one. */
function changed(path, random) {
  const at = random(path.length + 1);
  const text = pick(random, ['/', '%2f', '%', '.', '..', ';', '?', '#', '\\', '[', '%00', 'x', '']);
  return path.slice(0, at) + text + path.slice(at + random(2));
}

function method(random) {
  const chance = random(100);
  if (chance < 55) return 'GET';
  return chance < 96 ? pick(random, METHODS) : pick(random, ODD_METHODS);
}

/** What a body says looks like a request of its own, whose id no handler may ever see. */
const smuggled = (id) =>
  `{"a":"\\r\\n\\r\\n"}\r\n\r\nGET /open HTTP/1.1\r\nHost: x\r\nX-Soak-Id: body-${id}\r\n\r\n`;

function body(random, id) {
  const chance = random(100);
  if (chance < 20) return { fields: [['Content-Length', '0']], parts: [], framed: true };
  const type = pick(random, ['application/json', 'application/x-www-form-urlencoded', 'text/plain', 'x']);
  const text = pick(random, [
    '{"a":1}',
    '{"a":',
    'a=1&b=2',
    smuggled(id),
    `"${'z'.repeat(1 + random(150_000))}"`,
  ]);
  const fields = [['Content-Type', type]];
  if (random(12) === 0) fields.push(['Content-Encoding', pick(random, ['gzip', 'br', 'x'])]);
  if (random(10) === 0) fields.push(['Expect', pick(random, ['100-continue', '100-continue', 'x'])]);
  const parts = split(text, random);
  if (chance < 60)
    return { fields: [...fields, ['Content-Length', String(text.length)]], parts, framed: true };
  const chunks = parts.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`);
  const chunked = [...fields, ['Transfer-Encoding', 'chunked']];
  if (chance < 90) return { fields: chunked, parts: [...chunks, '0\r\n\r\n'], framed: true };
  const broken = pick(random, [
    { fields: [...chunked, ['Content-Length', '3']], parts: chunks },
    { fields: chunked, parts: ['zz\r\n', ...chunks] },
    { fields: [...fields, ['Content-Length', '99999']], parts },
    { fields: [...fields, ['Content-Length', '1'], ['Content-Length', '2']], parts },
    { fields: [...fields, ['Content-Length', '-1']], parts },
    { fields: [...fields, ['Transfer-Encoding', 'gzip, chunked']], parts: chunks },
  ]);
  return { ...broken, framed: false };
}

function split(text, random) {
  const pieces = text.length > 20_000 ? 3 : 1 + random(3);
  const size = Math.ceil(text.length / pieces);
  return Array.from({ length: pieces }, (_, i) => text.slice(i * size, (i + 1) * size)).filter(
    (part) => part !== '',
  );
}

function request(random, id, isLast) {
  const name = method(random);
  const fields = [];
  if (random(100) < 97) fields.push(['Host', random(10) === 0 ? pick(random, HOSTS) : 'localhost']);
  fields.push(['X-Soak-Id', id]);
  for (const [percent, field, values] of FIELDS) {
    if (random(100) < percent) fields.push([field, pick(random, values)]);
  }
  if (random(60) === 0) fields.push([pick(random, ['bad name', 'x\0', '']), 'y']);
  const hasBody = !['GET', 'HEAD', 'OPTIONS', 'TRACE', 'CONNECT'].includes(name) || random(40) === 0;
  const sent = hasBody ? body(random, id) : { fields: [], parts: [], framed: true };
  if (isLast && random(3) === 0) fields.push(['Connection', 'close']);
  const version = random(60) === 0 ? pick(random, ['1.0', '2.0', '9']) : '1.1';
  const lines = [...fields, ...sent.fields].map(([field, value]) => `${field}: ${value}\r\n`);
  const url = target(random);
  const head = `${name} ${url} HTTP/${version}\r\n${lines.join('')}\r\n`;
  // Node may take these otherwise than they are meant, so nobody can say how many answers are due.
  const isRead = url.startsWith('/') && head.length < 8_000 && !/\0|Upgrade|bad name|\n: /.test(head);
  const isPlain = isRead && sent.framed && version === '1.1' && !ODD_METHODS.includes(name);
  return {
    id,
    method: name,
    isStaff: /^X-User: staff\r$/m.test(head),
    head,
    parts: sent.parts,
    isPlain,
    url,
  };
}

/**
 * @returns `requests`, whose bytes are sent in `pieces` (each with the milliseconds before it); `isWhole`: whether each of
 *   them is complete and well framed, so that an answer is due; `leave`: how the client goes away before the end, if it does.
 */
export function connectionPlan(seed, number) {
  const random = randomFrom(seed * 1_000_003 + number);
  const count = random(4) === 0 ? 2 + random(3) : 1;
  const requests = Array.from({ length: count }, (_, i) =>
    request(random, `${seed}-${number}-${i}`, i === count - 1),
  );
  const isSlow = random(8) === 0;
  const pieces = requests.flatMap(({ head, parts }) => {
    const heads = isSlow && random(2) === 0 ? split(head, random) : [head];
    return [...heads, ...parts].map((text) => ({
      wait: isSlow ? random(25) : 0,
      bytes: Buffer.from(text, 'latin1'),
    }));
  });
  const leaves = random(9) === 0;
  const leave = leaves
    ? { how: pick(random, ['end', 'destroy', 'reset']), after: random(pieces.length + 1) }
    : undefined;
  // Where Node refuses a request, it cuts off what is written in parts for the one before (streams; express-session keeps the
  // last byte back), and Fastify writes its 400 into it: both without the module too.
  // To a request that waits for the one before, Node writes its `100 Continue` in the midst of the answer.
  const isWhole =
    !leaves && requests.every(({ isPlain, head }, i) => isPlain && (i === 0 || !head.includes('Expect')));
  return { requests, pieces, isSlow, isWhole, leave };
}
