import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { killSamples, type RunningSample, runSample, startSample } from '../support/samples.js';
import { makeDirectory, removeDirectories } from '../support/temporary-directory.js';

const NAME = '02-passport-jwt';
const READY = /running: (http\S+)[^]*Ctrl\+C/;

type Who = Record<string, string>;

let directory: string;
let sample: RunningSample;
let url: string;

async function start(): Promise<void> {
  sample = await startSample(NAME, directory, READY);
  url = sample.said[1] ?? '';
}

beforeAll(async () => {
  directory = await makeDirectory();
  await start();
});

afterEach(async () => {
  expect(await toggle('off', await logInAs('boss'))).toBe(200);
});

afterAll(async () => {
  await killSamples();
  await removeDirectories();
});

function passwordOf(name: string): string {
  return new RegExp(`name=${name} -d password=(\\S+)`).exec(sample.output())?.[1] ?? '';
}

/** The header of somebody who has logged in with the printed password. */
async function logInAs(name: string): Promise<Who> {
  const login = request(url)
    .post('/login')
    .type('form')
    .send({ name, password: passwordOf(name) });
  const { token } = (await login.expect(200)).body as { token: string };
  return { Authorization: `Bearer ${token}` };
}

const statusOf = async (path: string, who: Who = {}): Promise<number> =>
  (await request(url).get(path).set(who)).status;

async function toggle(action: 'on' | 'off', who: Who = {}): Promise<number> {
  return (await request(url).post(`/maintenance-mode/${action}`).set(who)).status;
}

describe('the Passport and JWT sample', () => {
  it('asks for a token, and for the role if a route needs one', async () => {
    expect(await statusOf('/profile')).toBe(401);
    expect(await statusOf('/profile', { Authorization: 'Bearer forged' })).toBe(401);
    const customer = await logInAs('customer');
    await request(url).get('/profile').set(customer).expect(200, { id: 'customer', roles: [] });
    expect(await statusOf('/admin/users', customer)).toBe(403);
    expect(await statusOf('/admin/users', await logInAs('tester'))).toBe(403);
    const { text } = await request(url)
      .get('/admin/users')
      .set(await logInAs('boss'))
      .expect(200);
    expect(text).toContain('tester');
    expect(text).not.toContain(passwordOf('tester'));
  });

  it.each([{}, { name: 'boss' }, { name: 'boss', password: '' }, { name: 'boss', password: ['a'] }])(
    'lets nobody log in with %j',
    async (body) => {
      await request(url).post('/login').send(body).expect(401);
    },
  );

  it('lets staff through in maintenance, and nobody else', async () => {
    const [customer, tester, boss] = [
      await logInAs('customer'),
      await logInAs('tester'),
      await logInAs('boss'),
    ];
    expect(await toggle('on', boss)).toBe(200);

    const forged = { Authorization: `${tester['Authorization']}x` };
    for (const who of [{}, customer, forged]) {
      await request(url).get('/profile').set(who).expect(503).expect('Retry-After', '3600');
    }
    await request(url)
      .get('/profile')
      .set(tester)
      .expect(200, { id: 'tester', roles: ['staff'] });
    expect(await statusOf('/admin/users', tester)).toBe(403);
    expect(await statusOf('/admin/users', boss)).toBe(200);
    expect(await statusOf('/health')).toBe(200);
    expect(await statusOf('/profile', await logInAs('tester'))).toBe(200);

    expect(await toggle('off', boss)).toBe(200);
    expect(await statusOf('/profile', customer)).toBe(200);
  });

  it('is turned on and off by the admin only, and tells anyone whether it is on', async () => {
    const [customer, tester, boss] = [
      await logInAs('customer'),
      await logInAs('tester'),
      await logInAs('boss'),
    ];
    for (const who of [{}, customer, tester]) expect(await toggle('on', who)).toBe(403);
    await request(url)
      .get('/maintenance-mode')
      .expect(200, /"state":"off"/);
    expect(await toggle('on', boss)).toBe(200);
    for (const who of [{}, customer, tester]) expect(await toggle('off', who)).toBe(403);
    await request(url)
      .get('/maintenance-mode')
      .expect(200, /"state":"active"/);
  });

  it('keeps the state over a restart, which ends all tokens', async () => {
    const boss = await logInAs('boss');
    expect(await toggle('on', boss)).toBe(200);
    expect(await sample.stop()).toEqual({ code: 0, signal: null });
    await start();
    expect(await statusOf('/profile', boss)).toBe(503);
    expect(await toggle('off', boss)).toBe(403);
    expect(await toggle('off', await logInAs('boss'))).toBe(200);
    expect(await statusOf('/profile', boss)).toBe(401);
  });

  it('says so when the port is taken', async () => {
    const port = Number(new URL(url).port);
    const { code, output } = await runSample(NAME, directory, port);
    expect(code).toBe(1);
    expect(output).toContain(`Port ${port} is taken.`);
  });
});
