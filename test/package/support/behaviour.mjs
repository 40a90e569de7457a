import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './command.mjs';
import { ask, askUntil } from './http.mjs';
import { start } from './server.mjs';

const ADMIN = { authorization: 'Bearer admin' };
const HTML = { accept: 'text/html' };
const ALWAYS = {
  'retry-after': '3600',
  'cache-control': 'no-store',
  vary: 'Accept',
  'x-content-type-options': 'nosniff',
  'maintenance-mode': 'active',
};
/** RFC 9457's members, Nest's, and this package's. */
const PROBLEM =
  'type title status detail statusCode message error reason startsAt endsAt retryAfter mode scope'.split(' ');

/** Takes a running application into maintenance and back, and ends it. */
export async function checkBehaviour(check, { node, script, cwd }) {
  let app;
  const isRunning = await check('starts and answers 200', async () => {
    app = await start(node, script, cwd);
    assertAnswer(await ask(app.url), 200, 'at work');
  });
  if (!isRunning) return;
  try {
    await checkFile(check, app.url, join(cwd, 'maintenance-state.json'));
    await checkDecorators(check, app.url);
    await checkToggle(check, app.url);
    await checkCommandLine(check, app.url, { node, cwd });
    await check('ends by itself at SIGTERM, having complained of nothing', async () => {
      assert.deepEqual(await app.terminate(), { code: 0, signal: null });
      assert.equal(app.stderr(), '');
    });
  } finally {
    app.kill();
  }
}

async function checkFile(check, url, file) {
  await check('`1` in the state file brings the page, with every header', async () => {
    await writeFile(file, '1\n');
    await askUntil(503, url);
    const response = await ask(url, { headers: HTML });
    assertBlocked(response, 'text/html; charset=utf-8', { vary: 'Accept, Accept-Language' });
    assert.match(response.headers['content-security-policy'], /^default-src 'none'; /);
    assert.match(response.text, /^<!doctype html>[^]*<\/html>\s*$/i);
  });
  await check('a program gets problem details, with every header', async () => {
    const response = await ask(url);
    assertBlocked(response, 'application/problem+json; charset=utf-8');
    const problem = JSON.parse(response.text);
    assert.deepEqual(
      PROBLEM.filter((member) => !(member in problem)),
      [],
    );
    assert.equal(problem.status, 503);
  });
  await check('HEAD gets the headers of GET and no body', async () => {
    const [head, get] = await Promise.all(
      ['HEAD', 'GET'].map((method) => ask(url, { method, headers: HTML })),
    );
    assertAnswer(head, 503, '');
    assert.equal(head.headers['content-length'], get.headers['content-length']);
  });
  await check('@MaintenanceOff still answers, and has the service injected', async () => {
    assert.deepEqual(await health(url), { active: true, state: 'active', writes: 0 });
  });
  await check('`0` in the state file brings everything back', async () => {
    await writeFile(file, '0\n');
    assertAnswer(await askUntil(200, url), 200, 'at work');
    assert.equal((await health(url)).active, false);
  });
}

async function checkDecorators(check, url) {
  await check('@MaintenanceOn is closed at all times', async () => {
    assertBlocked(await ask(`${url}/closed`), 'application/problem+json; charset=utf-8');
  });
  await check('@MaintenanceScope is closed with its scope', async () => {
    assertAnswer(await ask(`${url}/invoices`), 200, 'no debts');
    await toggle(url, 'on', { scope: 'billing' });
    assert.equal((await ask(`${url}/invoices`)).status, 503);
    assert.equal((await ask(url)).status, 200);
    await toggle(url, 'off', { scope: 'billing' });
    assertAnswer(await ask(`${url}/invoices`), 200, 'no debts');
  });
}

async function checkToggle(check, url) {
  await check('a POST of nobody is refused and changes nothing', async () => {
    const { writes } = await health(url);
    const response = await ask(`${url}/maintenance-mode/on`, { method: 'POST', json: {} });
    assert.equal(response.status, 403);
    assert.deepEqual(await health(url), { active: false, state: 'off', writes });
  });
  await check("a superuser's POST turns it on, through the application's own storage", async () => {
    const { writes } = await health(url);
    const status = await toggle(url, 'on', { reason: 'New <disks>' });
    assert.equal(status.state, 'active');
    assert.ok((await health(url)).writes > writes);
    const page = await ask(url, { headers: HTML });
    assert.equal(page.status, 503);
    assert.ok(page.text.includes('New &lt;disks&gt;'));
  });
  await check("a superuser's POST turns it off", async () => {
    const status = await toggle(url, 'off', {});
    assert.equal(status.state, 'off');
    assertAnswer(await ask(url), 200, 'at work');
  });
}

/** The program that npm has linked, on the file that the application follows. */
async function checkCommandLine(check, url, { node, cwd }) {
  const command = (...args) =>
    run(node, [join('node_modules', '.bin', 'nestjs-maintenance-mode'), ...args], { cwd });
  await check('the command line turns it on, and a superuser passes when the guards have run', async () => {
    const { stdout } = await command('on', '--for', '30m', '--reason', 'New disks');
    assert.match(stdout, /active.*New disks[^]*maintenance-state\.json/);
    await askUntil(503, url);
    assertAnswer(await ask(url, { headers: ADMIN }), 200, 'at work');
  });
  await check('the command line turns it off', async () => {
    await command('off');
    assertAnswer(await askUntil(200, url), 200, 'at work');
  });
}

async function toggle(url, action, json) {
  const response = await ask(`${url}/maintenance-mode/${action}`, { method: 'POST', headers: ADMIN, json });
  assert.equal(response.status, 200, response.text);
  return JSON.parse(response.text);
}

async function health(url) {
  const response = await ask(`${url}/health`);
  assert.equal(response.status, 200);
  return JSON.parse(response.text);
}

function assertAnswer(response, status, text) {
  assert.deepEqual({ status: response.status, text: response.text }, { status, text });
}

function assertBlocked({ status, headers, bytes }, contentType, others = {}) {
  const expected = {
    ...ALWAYS,
    ...others,
    'content-type': contentType,
    'content-length': String(bytes.length),
  };
  const got = Object.fromEntries(Object.keys(expected).map((name) => [name, headers[name]]));
  assert.deepEqual({ status, ...got }, { status: 503, ...expected });
  assert.ok(bytes.length > 0);
}
