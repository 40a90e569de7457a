import { afterEach, describe, expect, it } from '@jest/globals';
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { MaintenanceOff, MaintenanceService } from '../../lib/index.js';
import { closeApps } from '../support/platforms.js';
import { expectBlocked } from './blocked.js';
import { beginConversation, closeConversations, serverSockets } from './conversation.js';
import { everywhere } from './layouts.js';

const GIGABYTE = 2 ** 30;
const MEGABYTE = 2 ** 20;
/** Far above what the kernel and Node keep of a connection, and far below what clients want to send. */
const BUFFERS = 16 * MEGABYTE;

@Controller('upload')
class UploadController {
  @Post()
  @HttpCode(200)
  closed(@Body() body: unknown): unknown {
    return { closed: body };
  }

  @Post('open')
  @HttpCode(200)
  @MaintenanceOff()
  open(@Body() body: unknown): unknown {
    return { open: body };
  }
}

afterEach(async () => {
  closeConversations();
  await closeApps();
});

describe.each(everywhere)('A body, on %s,', (_, { base, createApp }) => {
  const head = (path: string, fields: Record<string, string | number>): string =>
    [
      `POST ${base}${path} HTTP/1.1`,
      'Host: localhost',
      ...Object.entries(fields).map(([name, value]) => `${name}: ${value}`),
      '\r\n',
    ].join('\r\n');
  const JSON_TYPE = { 'Content-Type': 'application/json' };
  const TOO_LARGE = JSON.stringify('x'.repeat(2 * MEGABYTE));

  const BODIES: [what: string, fields: Record<string, string>, body: string, refusal: number][] = [
    ['malformed JSON', JSON_TYPE, '{"a":', 400],
    ['more than the parser takes', JSON_TYPE, TOO_LARGE, 413],
  ];

  it.each(BODIES)('of %s to a blocked route: 503', async (__, fields, body, refusal) => {
    const { port, get } = await createApp({ controllers: [UploadController] });
    const request = head('/upload', { ...fields, 'Content-Length': body.length });
    const before = await beginConversation(port);
    before.write(request + body);
    expect((await before.answer()).status).toBe(refusal);
    await get(MaintenanceService).enable();
    const during = await beginConversation(port);
    during.write(request + body);
    expectBlocked(await during.answer());
  });

  it.each(BODIES)(
    "of %s to an @MaintenanceOff route: the route's own answer",
    async (__, fields, body, refusal) => {
      const { port, get } = await createApp({ controllers: [UploadController] });
      await get(MaintenanceService).enable();
      const conversation = await beginConversation(port);
      conversation.write(head('/upload/open', { ...fields, 'Content-Length': body.length }) + body);
      const { status, headers } = await conversation.answer();
      expect(status).toBe(refusal);
      expect(headers).not.toHaveProperty('maintenance-mode');
    },
  );

  it('that is right reaches an @MaintenanceOff route', async () => {
    const { port, get } = await createApp({ controllers: [UploadController] });
    await get(MaintenanceService).enable();
    const conversation = await beginConversation(port);
    conversation.write(`${head('/upload/open', { ...JSON_TYPE, 'Content-Length': 7 })}{"a":1}`);
    expect(await conversation.answer()).toMatchObject({ status: 200, body: '{"open":{"a":1}}' });
  });

  it.each(['/upload', '/nowhere'])(
    'of a gigabyte that comes slowly to %s: 503 at once, and the end',
    async (path) => {
      const { app, port, get } = await createApp({ controllers: [UploadController] });
      await get(MaintenanceService).enable();
      const sockets = serverSockets(app);
      const conversation = await beginConversation(port);
      conversation.write(
        head(path, { 'Content-Type': 'application/octet-stream', 'Content-Length': GIGABYTE }),
      );
      conversation.write(Buffer.alloc(1000));
      // Nothing more is sent: whoever waits for the body waits for ever.
      const answer = await conversation.answer();
      expectBlocked(answer);
      expect(answer.headers['connection']).toBe('close');
      await conversation.ended();
      expect(sockets).toHaveLength(1);
      expect(sockets[0]?.bytesRead).toBeLessThan(2000);
    },
  );

  it('of a gigabyte that comes as fast as it can: 503, and next to nothing of it is read', async () => {
    const { app, port, get } = await createApp({ controllers: [UploadController] });
    await get(MaintenanceService).enable();
    const sockets = serverSockets(app);
    const conversation = await beginConversation(port);
    conversation.write(
      head('/upload', { 'Content-Type': 'application/octet-stream', 'Content-Length': GIGABYTE }),
    );
    const chunk = Buffer.alloc(MEGABYTE);
    let sent = 0;
    const pump = (): void => {
      while (!conversation.isEnded && sent < GIGABYTE) {
        sent += chunk.length;
        if (!conversation.socket.write(chunk)) return;
      }
    };
    conversation.socket.on('drain', pump);
    pump();
    expectBlocked(await conversation.answer());
    await conversation.ended();
    expect(sockets[0]?.bytesRead).toBeLessThan(BUFFERS);
  });

  it('that comes in chunks without an end: 503, and the end', async () => {
    const { port, get } = await createApp({ controllers: [UploadController] });
    await get(MaintenanceService).enable();
    const conversation = await beginConversation(port);
    conversation.write(`${head('/upload', { ...JSON_TYPE, 'Transfer-Encoding': 'chunked' })}5\r\n{"a":\r\n`);
    const answer = await conversation.answer();
    expectBlocked(answer);
    expect(answer.headers['connection']).toBe('close');
    await conversation.ended();
  });

  it('that waits for 100 Continue: 503, and none of it needs to be sent', async () => {
    const { port, get } = await createApp({ controllers: [UploadController] });
    const expecting = head('/upload', { ...JSON_TYPE, 'Content-Length': 7, Expect: '100-continue' });
    const before = await beginConversation(port);
    before.write(expecting);
    expect(await before.answer()).toMatchObject({ status: 100 });
    before.write('{"a":1}');
    expect(await before.answer()).toMatchObject({ status: 200 });
    await get(MaintenanceService).enable();
    const during = await beginConversation(port);
    during.write(expecting);
    const first = await during.answer();
    // Node says 100 by itself, before anything of the application can run.
    expectBlocked(first.status === 100 ? await during.answer() : first);
    await during.ended();
  });

  it('that waits for 100 Continue reaches an @MaintenanceOff route', async () => {
    const { port, get } = await createApp({ controllers: [UploadController] });
    await get(MaintenanceService).enable();
    const conversation = await beginConversation(port);
    conversation.write(head('/upload/open', { ...JSON_TYPE, 'Content-Length': 7, Expect: '100-continue' }));
    expect(await conversation.answer()).toMatchObject({ status: 100 });
    conversation.write('{"a":1}');
    expect(await conversation.answer()).toMatchObject({ status: 200, body: '{"open":{"a":1}}' });
  });
});
