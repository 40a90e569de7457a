import { afterEach, describe, expect, it } from '@jest/globals';
import { MaintenanceService } from '../../lib/index.js';
import { HTML } from '../support/pages.js';
import { closeApps } from '../support/platforms.js';
import { expectBlocked } from './blocked.js';
import { beginConversation, closeConversations, serverSockets } from './conversation.js';
import { everywhere } from './layouts.js';
import { ClosedController, OffController } from './routes.js';

afterEach(async () => {
  closeConversations();
  await closeApps();
});

describe.each(everywhere)('One connection, on %s,', (_, { base, createApp }) => {
  const get = (path: string): string => `GET ${base}${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
  const post = (path: string, body: string, length = body.length): string =>
    `POST ${base}${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n` +
    `Content-Length: ${length}\r\n\r\n${body}`;

  async function start() {
    const created = await createApp({ controllers: [OffController, ClosedController] });
    await created.get(MaintenanceService).enable();
    return { ...created, sockets: serverSockets(created.app) };
  }

  it('is kept alive after a blocked request', async () => {
    const { port, sockets } = await start();
    const conversation = await beginConversation(port);
    for (const path of ['/closed', '/nowhere', '/closed']) {
      conversation.write(get(path));
      const answer = await conversation.answer();
      expectBlocked(answer);
      expect(answer.headers['connection']).not.toBe('close');
    }
    conversation.write(get('/off'));
    expect(await conversation.answer()).toMatchObject({ status: 200, body: 'off' });
    expect(conversation.isEnded).toBe(false);
    expect(sockets).toHaveLength(1);
  });

  it('with several requests at once gets the answers in order', async () => {
    const { port } = await start();
    const conversation = await beginConversation(port);
    conversation.write(
      get('/off') + post('/closed', '{"a":1}') + get('/off') + get('/closed') + post('/off', '{}'),
    );
    expect(await conversation.answer()).toMatchObject({ status: 200, body: 'off' });
    expectBlocked(await conversation.answer());
    expect(await conversation.answer()).toMatchObject({ status: 200, body: 'off' });
    expectBlocked(await conversation.answer());
    expect(await conversation.answer()).toMatchObject({ status: 200, body: 'off' });
    expect(conversation.rest).toBe('');
  });

  it('with a body that never comes is closed after the answer, and what follows is not a request', async () => {
    const { port } = await start();
    const conversation = await beginConversation(port);
    conversation.write(get('/off') + post('/closed', '{"a"', 1000));
    expect(await conversation.answer()).toMatchObject({ status: 200, body: 'off' });
    const blocked = await conversation.answer();
    expectBlocked(blocked);
    expect(blocked.headers['connection']).toBe('close');
    // Smuggled in the body: it must not be taken for a request.
    conversation.write(get('/off'));
    await conversation.ended();
    expect(conversation.rest).toBe('');
  });

  it('of HTTP/1.0 is answered and closed', async () => {
    const { port } = await start();
    const conversation = await beginConversation(port);
    conversation.write(`GET ${base}/closed HTTP/1.0\r\n\r\n`);
    expectBlocked(await conversation.answer());
    await conversation.ended();
  });

  it.each<[string, string, Record<string, string>]>([
    ['problem details', '/closed', {}],
    ['the page', '/closed', HTML],
    ['problem details, without a route', '/nowhere', {}],
    ['the page, without a route', '/nowhere', HTML],
  ])("asked by HEAD has the GET's headers and no body: %s", async (__, path, headers) => {
    const { port } = await start();
    const conversation = await beginConversation(port);
    const fields = Object.entries({ Host: 'localhost', ...headers }).map((field) => field.join(': '));
    const ask = (method: string): void =>
      conversation.write([`${method} ${base}${path} HTTP/1.1`, ...fields, '\r\n'].join('\r\n'));
    ask('GET');
    const got = await conversation.answer();
    ask('HEAD');
    const head = await conversation.answer({ toHead: true });
    expectBlocked(head);
    expect(Number(got.headers['content-length'])).toBe(Buffer.byteLength(got.body));
    expect({ ...head.headers, date: '' }).toEqual({ ...got.headers, date: '' });
    // What is next on the connection is the next answer, and no body.
    ask('GET');
    expect((await conversation.answer()).body).toBe(got.body);
  });
});
