import { createServer, type RequestListener, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect } from '@jest/globals';
import type { Ended } from './built.js';
import { command } from './command-line.js';

const open = new Set<Server>();

/** A server that is no application with this module: a login page, another program, a proxy. */
export async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  open.add(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** For `afterEach`. */
export async function closeServers(): Promise<void> {
  const servers = [...open];
  open.clear();
  await Promise.all(
    servers.map(async (server) => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    }),
  );
}

/** Runs the command line with variables of the environment, which a process takes when it is started. */
export async function commandWith(
  variables: Readonly<Record<string, string>>,
  directory: string,
  ...args: string[]
): Promise<Ended> {
  Object.assign(process.env, variables);
  const ended = command(directory, ...args);
  for (const name of Object.keys(variables)) Reflect.deleteProperty(process.env, name);
  return ended;
}

/** An error: one line on stderr, nothing on stdout, exit status 1. */
export function expectError({ code, stdout, stderr }: Ended, message: string | RegExp): void {
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^nestjs-maintenance-mode: [^\n]+\n$/);
  expect(stderr).toMatch(message);
}
