import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { request as httpsRequest } from 'node:https';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type IncomingHttpHeaders,
} from 'node:http2';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { MaintenanceModule, MaintenanceService, MemoryStorage } from '../../lib/index.js';
import { makeDirectory, removeDirectories } from '../support/temporary-directory.js';
import { expectBlocked } from './blocked.js';
import { answering } from './raw-parts.js';
import { ClosedController, OffController } from './routes.js';

interface Certificate {
  readonly key: Buffer;
  readonly cert: Buffer;
}

const OPENSSL = (process.env['PATH'] ?? '').split(':').map((directory) => join(directory, 'openssl'));
const openssl = OPENSSL.find((path) => existsSync(path));
if (openssl === undefined) {
  if (process.env['CI']) throw new Error('No openssl in the PATH: the tests over TLS cannot run.');
  process.stderr.write('No openssl in the PATH: SKIPPING the tests over TLS.\n');
}
/** `describe`, which skips where no certificate can be made, but in CI. */
const describeOverTls = openssl === undefined ? describe.skip : describe;

const apps = new Set<INestApplication>();
const sessions = new Set<ClientHttp2Session>();

afterEach(async () => {
  for (const session of sessions) session.destroy();
  sessions.clear();
  await Promise.all([...apps].map((app) => app.close()));
  apps.clear();
});

async function start(adapter: ExpressAdapter | FastifyAdapter, httpsOptions?: Certificate): Promise<number> {
  const testing = await Test.createTestingModule({
    imports: [MaintenanceModule.forRoot({ storage: new MemoryStorage() })],
    controllers: [OffController, ClosedController],
  }).compile();
  const app = testing.createNestApplication(adapter, {
    logger: false,
    ...(httpsOptions && { httpsOptions }),
  });
  apps.add(app);
  app.use('/used', answering(200, 'used'));
  await app.listen(0, '127.0.0.1');
  await app.get(MaintenanceService).enable();
  return (app.getHttpServer().address() as { port: number }).port;
}

async function certificate(): Promise<Certificate> {
  const directory = await makeDirectory();
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  const options = [
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '1',
  ];
  const subject = ['-subj', '/CN=localhost', '-keyout', key, '-out', cert];
  await promisify(execFile)(openssl ?? '', ['req', ...options, ...subject]);
  return { key: await readFile(key), cert: await readFile(cert) };
}

/** What HTTP/2 must never carry (RFC 9113 section 8.2.2). */
const CONNECTION_HEADERS = ['connection', 'keep-alive', 'transfer-encoding'];

async function answerTo(
  stream: ClientHttp2Stream,
): Promise<{ status: number; headers: IncomingHttpHeaders; body: string }> {
  const body = text(stream);
  const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders & { ':status': number }];
  for (const name of CONNECTION_HEADERS) expect(headers).not.toHaveProperty(name);
  return { status: headers[':status'], headers, body: await body };
}

async function ask(session: ClientHttp2Session, path: string, method = 'GET') {
  return answerTo(session.request({ ':path': path, ':method': method }));
}

function http2Behaves(begin: () => Promise<ClientHttp2Session>): void {
  it('blocks what is to be blocked, and nothing else', async () => {
    const session = await begin();
    expect(await ask(session, '/off')).toMatchObject({ status: 200, body: 'off' });
    for (const path of ['/closed', '/nowhere', '/used', '/OFF', '/off/'])
      expectBlocked(await ask(session, path));
    const head = await ask(session, '/closed', 'HEAD');
    expectBlocked(head);
    expect(head.body).toBe('');
    const got = await ask(session, '/closed');
    expect(head.headers['content-length']).toBe(String(Buffer.byteLength(got.body)));
  });

  it('answers while a body is outstanding, and the other streams go on', async () => {
    const session = await begin();
    const upload = session.request({ ':path': '/closed', ':method': 'POST', 'content-length': 2 ** 30 });
    // The server may refuse the rest of the body by a reset.
    upload.on('error', () => undefined);
    upload.write(Buffer.alloc(1000));
    const closed = new Promise((resolve) => upload.once('close', resolve));
    const [headers] = (await once(upload, 'response')) as [IncomingHttpHeaders & { ':status': number }];
    expectBlocked({ status: headers[':status'], headers });
    upload.resume();
    expect(await ask(session, '/off')).toMatchObject({ status: 200, body: 'off' });
    await closed;
    expect(await ask(session, '/off')).toMatchObject({ status: 200, body: 'off' });
    expectBlocked(await ask(session, '/closed'));
    expect(session.destroyed).toBe(false);
  });
}

describe('HTTP/2 without TLS, on fastify,', () => {
  http2Behaves(async () => {
    const port = await start(new FastifyAdapter({ http2: true }));
    const session = connect(`http://127.0.0.1:${port}`);
    sessions.add(session);
    return session;
  });
});

describeOverTls('Over TLS', () => {
  let pair: Certificate;

  beforeAll(async () => {
    pair = await certificate();
    await removeDirectories();
  });

  describe('HTTP/2, on fastify,', () => {
    http2Behaves(async () => {
      const port = await start(new FastifyAdapter({ http2: true, https: pair }));
      const session = connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
      sessions.add(session);
      return session;
    });
  });

  it.each<[string, (own: Certificate) => Promise<number>]>([
    ['express', (own) => start(new ExpressAdapter(), own)],
    ['fastify', (own) => start(new FastifyAdapter({ https: own }))],
  ])('HTTP/1.1, on %s, blocks what is to be blocked, and nothing else', async (_, listen) => {
    const port = await listen(pair);
    const askFor = async (path: string, method = 'GET') => {
      const options = { port, host: '127.0.0.1', path, method, rejectUnauthorized: false, agent: false };
      const sent = httpsRequest(options);
      // Of an upload, only the beginning is ever sent.
      sent.on('error', () => undefined);
      if (method === 'POST') sent.setHeader('Content-Length', 2 ** 30).write('begun');
      else sent.end();
      const [response] = (await once(sent, 'response')) as [import('node:http').IncomingMessage];
      return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) };
    };
    expect(await askFor('/off')).toMatchObject({ status: 200, body: 'off' });
    for (const path of ['/closed', '/nowhere', '/used']) expectBlocked(await askFor(path));
    expectBlocked(await askFor('/closed', 'POST'));
  });
});
