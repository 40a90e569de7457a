import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createServer, type IncomingMessage, Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import express from 'express';
import { MaintenanceService } from '../../lib/index.js';
import { expectBlocked } from '../adversarial/blocked.js';
import { PageController } from '../support/pages.js';
import { closeApps, platforms } from '../support/platforms.js';
import { rawRequest } from '../support/raw-request.js';

type Look = (response: ServerResponse) => void;

afterEach(closeApps);

/** What loggers read when a response has ended. */
function collector(): { readonly look: Look; readonly seen: unknown[] } {
  const seen: unknown[] = [];
  const look: Look = (response) =>
    void response.once('finish', () =>
      seen.push([
        response.statusCode,
        response.getHeader('Maintenance-Mode'),
        response.getHeader('Retry-After'),
      ]),
    );
  return { look, seen };
}

const SEEN = [[503, 'active', '3600']];

describe.each(platforms)('The headers of a blocked response on %s', (platform, createApp) => {
  it.each(['prependListener', 'on'] as const)(
    'are visible to a listener that was added to the server with %s',
    async (method) => {
      const { look, seen } = collector();
      const { app, port, get } = await createApp({ controllers: [PageController] });
      await get(MaintenanceService).enable();
      const server = app.getHttpServer() as Server;
      server[method]('request', (_, response) => look(response));
      expectBlocked(await rawRequest(port, '/page'));
      expect(seen).toEqual(SEEN);
    },
  );

  it('are visible to instrumentation of http.Server.prototype.emit', async () => {
    const { look, seen } = collector();
    const { port, get } = await createApp({ controllers: [PageController] });
    await get(MaintenanceService).enable();
    const emit = Reflect.get(Server.prototype, 'emit') as (...event: unknown[]) => boolean;
    // As tracers do it.
    const traced = function traced(this: Server, ...event: unknown[]): boolean {
      if (event[0] === 'request') look(event[2] as ServerResponse);
      return emit.apply(this, event);
    };
    Reflect.set(Server.prototype, 'emit', traced);
    try {
      const instrumented = await createApp({ controllers: [PageController] });
      await instrumented.get(MaintenanceService).enable();
      expectBlocked(await rawRequest(instrumented.port, '/page'));
    } finally {
      Reflect.deleteProperty(Server.prototype, 'emit');
    }
    expect(seen).toEqual(SEEN);
    expectBlocked(await rawRequest(port, '/page'));
    expect(seen).toEqual(SEEN);
  });

  it('are visible to subscribers of the channel http.server.request.start', async () => {
    const { look, seen } = collector();
    const onRequest = (message: unknown): void => look((message as { response: ServerResponse }).response);
    const { port, get } = await createApp({ controllers: [PageController] });
    await get(MaintenanceService).enable();
    subscribe('http.server.request.start', onRequest);
    try {
      expectBlocked(await rawRequest(port, '/page'));
    } finally {
      unsubscribe('http.server.request.start', onRequest);
    }
    expect(seen).toEqual(SEEN);
  });

  it('are visible to an application that contains this one', async () => {
    const { look, seen } = collector();
    const { app, get } = await createApp({ controllers: [PageController] });
    await get(MaintenanceService).enable();
    const instance: unknown = app.getHttpAdapter().getInstance();
    const inner = platform === 'express' ? (instance as express.Express) : routingOf(instance);
    const outer = createServer((request, response) => {
      look(response);
      inner(request, response);
    });
    await new Promise<void>((resolve) => outer.listen(0, '127.0.0.1', resolve));
    try {
      expectBlocked(await rawRequest((outer.address() as AddressInfo).port, '/page'));
    } finally {
      outer.close();
    }
    expect(seen).toEqual(SEEN);
  });

  it.each(['GET', 'POST'])('are not sent for a %s that another listener has answered', async (method) => {
    const { app, port, get } = await createApp({ controllers: [PageController] });
    await get(MaintenanceService).enable();
    app.getHttpServer().prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
      if (request.url === '/page?balancer') response.end('alive');
    });
    const headers = method === 'POST' ? { 'Content-Length': '5' } : undefined;
    expect(await rawRequest(port, '/page?balancer', headers, method)).toMatchObject({
      status: 200,
      body: 'alive',
    });
    // The process is still there.
    expectBlocked(await rawRequest(port, '/page', {}, method));
  });
});

function routingOf(instance: unknown): (request: IncomingMessage, response: ServerResponse) => void {
  return (instance as { routing: (request: IncomingMessage, response: ServerResponse) => void }).routing;
}
