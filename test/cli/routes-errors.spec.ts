import type { RequestListener } from 'node:http';
import { readdir } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { closeServers, commandWith, expectError, serve } from '../support/cli-servers.js';
import { command, killCommands } from '../support/command-line.js';
import { freePort } from '../support/free-port.js';
import { makeDirectory, removeDirectories } from '../support/temporary-directory.js';

let directory: string;

beforeEach(async () => {
  directory = await makeDirectory();
});

afterEach(async () => {
  await killCommands();
  await closeServers();
  await removeDirectories();
});

const OFF = { state: 'off', mode: 'full', reason: null, startsAt: null, endsAt: null, scopes: [] };

/** Answers the status, and anything else so. */
const refusing =
  (status: number, body: string, headers: Record<string, string> = {}): RequestListener =>
  (request, response) => {
    if (request.method === 'GET') response.end(JSON.stringify(OFF));
    else response.writeHead(status, headers).end(body);
  };

const json = (message: string | string[]): string => JSON.stringify({ message, error: 'x', statusCode: 1 });

describe('an application that does not do what is asked', () => {
  it.each([
    [401, json('Unauthorized'), /\/on answered 401 \(Unauthorized\): .*--header 'Authorization: Bearer/],
    [403, json('Only a superuser.'), /answered 403 \(Only a superuser\.\): .*"user\.isSuperuser"/],
    [404, json('Cannot POST /on'), /answered 404 .*global prefix/],
    [409, json('It is forced.'), /answered 409 \(It is forced\.\)/],
    [400, json(['a', 'b']), /answered 400 \(a; b\)/],
    [500, '<h1>Oops</h1>', /\/on answered 500\n/],
    [503, json('line one\nline two'), /answered 503 \(line one line two\)/],
  ])('answers %i: the command says why in one line, and exits with 1', async (status, body, message) => {
    const url = await serve(refusing(status, body));
    expectError(await command(directory, 'on', '--url', url), message);
    expect(await readdir(directory)).toEqual([]);
  });

  it('is in maintenance at this address, which is not that of the routes', async () => {
    const url = await serve((_, response) => {
      response.writeHead(503, { 'Maintenance-Mode': 'active' }).end(json('Down.'));
    });
    expectError(await command(directory, 'off', '--url', url), /global prefix/);
  });

  it('redirects to its login page: the credentials do not follow', async () => {
    const elsewhere: string[] = [];
    const login = await serve((request, response) => {
      elsewhere.push(request.url ?? '');
      response.end();
    });
    const url = await serve(refusing(302, '', { Location: `${login}/login` }));
    expectError(
      await command(directory, 'on', '--url', url),
      `redirects to ${login}/login: pass credentials`,
    );
    expect(elsewhere).toEqual([]);
  });

  it.each([
    ['text/html', '<!doctype html><h1>Log in</h1>', 'answered with text/html and no status'],
    ['application/json', '[]', 'answered without a maintenance state'],
    ['application/json', '{"state":"fine"}', 'answered without a maintenance state'],
  ])('answers 200 with %s and %s', async (type, body, message) => {
    const url = await serve((_, response) => void response.setHeader('Content-Type', type).end(body));
    expectError(await command(directory, 'status', '--url', url), message);
  });

  it('is not there', async () => {
    const url = `http://127.0.0.1:${await freePort()}/maintenance-mode`;
    expectError(await command(directory, 'status', '--url', url), /did not answer: .*ECONNREFUSED/);
  });

  it('breaks the connection in the middle of a change, of which the outcome is unknown', async () => {
    const url = await serve((request, response) => {
      if (request.method === 'GET') response.end(JSON.stringify(OFF));
      else request.socket.destroy();
    });
    expectError(await command(directory, 'on', '--url', url), /whether it was done is unknown/);
  });

  it('does not speak TLS at this port', async () => {
    const url = (await serve((_, response) => void response.end())).replace('http:', 'https:');
    expectError(await command(directory, 'status', '--url', url), /did not answer: .*SSL/);
  });
});

describe('the requests', () => {
  it('carry the headers, accept JSON and go to the path below the address, with or without a slash', async () => {
    const seen: (string | undefined)[][] = [];
    const url = await serve(({ method, url: path, headers }, response) => {
      seen.push([method, path, headers.authorization, String(headers['x-more']), headers.accept]);
      response.end(JSON.stringify(OFF));
    });
    const args = [
      '--url',
      `${url}/api/maintenance-mode/`,
      '--header',
      'Authorization: Bearer a',
      '--header',
      'X-More:b',
    ];
    expect((await command(directory, 'on', ...args)).code).toBe(0);
    const more = ['Bearer a', 'b', 'application/json'];
    expect(seen).toEqual([
      ['GET', '/api/maintenance-mode', ...more],
      ['POST', '/api/maintenance-mode/on', ...more],
      ['GET', '/api/maintenance-mode', ...more],
    ]);
  });

  it('take address and token from the environment, unless the command line says otherwise', async () => {
    const seen: (string | undefined)[] = [];
    const url = await serve(({ headers }, response) => {
      seen.push(headers.authorization);
      response.end(JSON.stringify(OFF));
    });
    const variables = { MAINTENANCE_MODE_URL: url, MAINTENANCE_MODE_TOKEN: 'secret' };
    expect((await commandWith(variables, directory, 'status')).stdout).toContain(`Application: ${url}`);
    await commandWith(variables, directory, 'status', '--header', 'Authorization: Basic x');
    expect((await commandWith(variables, directory, 'status', '--file', 'f')).stdout).toContain(
      'Storage: file',
    );
    expect(seen).toEqual(['Bearer secret', 'Basic x']);
  });

  it.each([
    [['--url', 'shop.example'], 'is no address of the routes'],
    [['--url', 'ftp://shop.example'], 'is no address of the routes'],
    [['--url', 'http://a:b@shop.example'], 'use --header'],
    [['--url', 'http://shop.example/x?y'], 'ends with their path'],
    [['--url', 'http://shop.example', '--header', 'secret'], "--header takes 'Name: value'"],
    [['--url', 'http://shop.example', '--header', 'a b: secret'], "--header takes 'Name: value'"],
    [['--header', 'A: b'], '--header belongs to requests'],
    [['--url', 'http://shop.example', '--by', 'ann'], '--by belongs to the storage'],
    [['--url', 'http://shop.example', '--with-bypass'], '--with-bypass needs the storage'],
  ])('are not sent with %j', async (args, message) => {
    const ended = await command(directory, 'on', ...args);
    expectError(ended, message);
    expect(ended.stderr).not.toContain('secret');
  });
});
