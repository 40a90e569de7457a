import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { All, Controller, Get, type INestApplication, Post } from '@nestjs/common';
import { ServeStaticModule } from '@nestjs/serve-static';
import { MaintenanceOff, MaintenanceService } from '../../lib/index.js';
import { wrappers } from '../support/middleware.js';
import { closeApps, platforms } from '../support/platforms.js';
import { rawRequest } from '../support/raw-request.js';
import { until } from '../support/until.js';
import { expectBlocked } from './blocked.js';

const load = createRequire(import.meta.url);
let closedRuns = 0;

@Controller('closed')
class ClosedController {
  @Get()
  read(): string {
    closedRuns += 1;
    return 'CLOSED';
  }

  @Post()
  write(): string {
    closedRuns += 1;
    return 'CLOSED';
  }
}

@Controller('open')
class OpenController {
  @All('*')
  @MaintenanceOff()
  any(): string {
    return 'OPEN';
  }
}

const HOST = 'Host: x\r\n';
const GET = `GET /closed HTTP/1.1\r\n${HOST}`;
const POST = `POST /closed HTTP/1.1\r\n${HOST}`;
const OPEN = `GET /open/a HTTP/1.1\r\n${HOST}Accept-Encoding: gzip\r\n\r\n`;

/** What a client writes; its connection is closed at the end of it, unless the server closes it. */
const attacks: readonly (readonly [name: string, text: string])[] = [
  ['no request', '\r\n\r\n\r\n'],
  ['no version', 'GET /closed\r\n\r\n'],
  ['another version', 'GET /closed HTTP/9.9\r\n\r\n'],
  ['an unknown method', `FROB /closed HTTP/1.1\r\n${HOST}\r\n`],
  ['spaces in the target', `GET /clo sed HTTP/1.1\r\n${HOST}\r\n`],
  ['a target of bytes', `GET /\x80\xff\x01 HTTP/1.1\r\n${HOST}\r\n`],
  ['an absolute target', `GET http://other/closed HTTP/1.1\r\n${HOST}\r\n`],
  ['an absolute target without a path', `GET http://other HTTP/1.1\r\n${HOST}\r\n`],
  ['an absolute target that is broken', `GET http://[/ HTTP/1.1\r\n${HOST}Origin: http://a\r\n\r\n`],
  ['CONNECT', `CONNECT closed:80 HTTP/1.1\r\n${HOST}\r\n`],
  ['OPTIONS *', `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`],
  ['no host', 'GET /closed HTTP/1.1\r\n\r\n'],
  ['an empty host', 'GET /closed HTTP/1.1\r\nHost:\r\n\r\n'],
  ['two hosts', `GET /closed HTTP/1.1\r\n${HOST}Host: y\r\n\r\n`],
  ['an expectation', `${POST}Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello`],
  ['another expectation', `${POST}Expect: a-miracle\r\nContent-Length: 5\r\n\r\nhello`],
  ['an upgrade', `${GET}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`],
  ['an upgrade to HTTP/2', `${GET}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n`],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['broken chunks', `${POST}Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n`],
  [
    'a length and chunks',
    `${POST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${GET}\r\n`,
  ],
  ['two lengths', `${POST}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello`],
  ['a negative length', `${POST}Content-Length: -1\r\n\r\n`],
  ['a folded header', `${GET}X: a\r\n b\r\n\r\n`],
  ['a header of bytes', `${GET}X: \x00\x01\r\n\r\n`],
  ['a huge header', `${GET}X: ${'a'.repeat(70_000)}\r\n\r\n`],
  ['a broken body', `${POST}Content-Type: application/json\r\nContent-Length: 3\r\n\r\n{{{`],
  ['a static file', `GET /file.txt HTTP/1.1\r\n${HOST}Accept-Encoding: gzip\r\n\r\n`],
  ['blocked and open requests', `${GET}\r\n${OPEN}${GET}\r\n${OPEN}`],
  ['half a head', 'GET /closed HTTP/1.1\r\nHos'],
  ['half a body', `${POST}Content-Length: 500\r\n\r\nhello`],
  ['half a body for an open handler', `POST /open/a HTTP/1.1\r\n${HOST}Content-Length: 500\r\n\r\nhello`],
];

/** Sends it all, half-closes, and takes what comes until the server closes its side. */
async function send(port: number, sent: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  // A reset is an end as well.
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
  });
  socket.end(Buffer.from(sent, 'latin1'));
  await closed;
  return Buffer.concat(chunks).toString('latin1');
}

/** Sends it, and is gone at once or when the first bytes of an answer are there. */
async function abort(port: number, sent: string, when: 'at once' | 'at the answer'): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
  });
  if (when === 'at once') socket.write(Buffer.from(sent, 'latin1'), () => socket.resetAndDestroy());
  else {
    socket.write(Buffer.from(sent, 'latin1'));
    socket.once('data', () => socket.resetAndDestroy());
    socket.once('end', () => socket.destroy());
  }
  await closed;
}

/** The status lines of answers that are complete: each has as much body as it says, or its last chunk. */
function statusesOf(answers: string): number[] {
  const statuses: number[] = [];
  let rest = answers;
  while (rest !== '') {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) throw new Error(`An answer that is cut off: ${rest}`);
    const head = rest.slice(0, end);
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]);
    statuses.push(status);
    rest = rest.slice(end + 4);
    if (status < 200 || status === 204) continue;
    if (/^transfer-encoding: chunked/im.test(head)) {
      const last = rest.indexOf('0\r\n\r\n');
      if (last < 0) throw new Error('An answer without its last chunk');
      rest = rest.slice(last + 5);
      continue;
    }
    const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
    if (rest.length < length) throw new Error(`An answer that is cut off: ${head}`);
    rest = rest.slice(length);
  }
  return statuses;
}

describe.each(platforms)('On %s, with all kinds of middleware', (platform, createApp) => {
  let directory: string;
  let port: number;
  let pending: ((exempt: boolean) => void)[];

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'raw-sockets-'));
    writeFileSync(join(directory, 'file.txt'), 'STATIC');
    pending = [];
    const created = await createApp({
      imports: [ServeStaticModule.forRoot({ rootPath: directory })],
      controllers: [ClosedController, OpenController],
      options: {
        user: { get: () => null },
        ignore: {
          superusers: true,
          when: (request) =>
            isSlow(request) ? new Promise<boolean>((resolve) => pending.push(resolve)) : false,
        },
      },
      configure: async (app) => {
        app.enableCors();
        // No two kinds of sessions: they do not work together, with maintenance or without.
        for (const [, make] of wrappers.slice(0, 2)) app.use(make());
        await addCompression(app);
      },
    });
    ({ port } = created);
    await created.get(MaintenanceService).enable();
    closedRuns = 0;
  });

  afterEach(async () => {
    // The process lives, and nothing but open handlers has run.
    expectBlocked(await rawRequest(port, '/closed'));
    expect((await rawRequest(port, '/open/a')).body).toBe('OPEN');
    expect(closedRuns).toBe(0);
  });

  afterAll(async () => {
    for (const settle of pending) settle(false);
    await closeApps();
    rmSync(directory, { recursive: true });
  });

  async function addCompression(app: INestApplication): Promise<void> {
    if (platform === 'express') return;
    const instance = app.getHttpAdapter().getInstance() as { register(plugin: unknown): Promise<void> };
    await instance.register(load('@fastify/compress'));
  }

  it.each(attacks)('%s: a complete answer, or the end of the connection', async (_, sent) => {
    const answers = await send(port, sent);
    expect(answers).not.toContain('CLOSED');
    expect(answers).not.toContain('STATIC');
    // Fastify reads the body, and refuses its type (415), before the guard decides.
    const allowed = [100, 200, 204, 400, 404, 405, 414, 415, 417, 431, 501, 503, 505];
    expect(statusesOf(answers).filter((status) => !allowed.includes(status))).toEqual([]);
  });

  it.each(attacks)('%s: a client that goes away harms nobody', async (_, sent) => {
    await abort(port, sent, 'at once');
  });

  it('a client may go away while an answer is written', async () => {
    for (const sent of [
      `${GET}\r\n`,
      OPEN,
      `GET /file.txt HTTP/1.1\r\n${HOST}Accept-Encoding: gzip\r\n\r\n`,
    ]) {
      await abort(port, sent, 'at the answer');
    }
  });

  it('a client may go away while a rule is being asked', async () => {
    for (const exempt of [true, false]) {
      const before = pending.length;
      const socket = connect({ port, host: '127.0.0.1' });
      socket.on('error', () => undefined);
      socket.write(`${GET}X-Slow: 1\r\n\r\n`);
      await until('the rule is asked', () => pending.length > before);
      const closed = new Promise<void>((resolve) => {
        socket.once('close', () => resolve());
      });
      socket.resetAndDestroy();
      await closed;
      pending.at(-1)?.(exempt);
    }
    // The handler of the exempt one may have run.
    await rawRequest(port, '/open/a');
    closedRuns = 0;
  });
});

function isSlow(request: unknown): boolean {
  return (request as { headers: Record<string, unknown> }).headers['x-slow'] !== undefined;
}
