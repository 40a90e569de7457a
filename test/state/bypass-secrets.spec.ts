import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type MaintenanceService, MemoryStorage } from '../../lib/index.js';
import { bootContext, closeContexts, partsOf } from '../support/state-context.js';

afterEach(closeContexts);

const IN_AN_HOUR = new Date(Date.now() + 60 * 60 * 1000);
const hash = (secret: string): string => createHash('sha256').update(secret).digest('base64url');

describe('A bypass secret', () => {
  it('is random, and only its hash is stored, which other instances know', async () => {
    const storage = new MemoryStorage();
    const [one, other] = [await bootContext({ storage }), await bootContext({ storage })];
    await one.maintenance.enable();
    const secrets = [
      await one.maintenance.issueBypassSecret({ by: 'ada' }),
      await one.maintenance.issueBypassSecret(),
    ];
    for (const secret of secrets) expect(secret).toMatch(/^[\w-]{32}$/);
    const text = (await storage.read())?.text ?? '';
    for (const secret of secrets) expect(text).not.toContain(secret);
    await other.maintenance.refresh();
    for (const { app } of [one, other]) {
      expect(partsOf(app).state.issuedSecrets()).toMatchObject(
        secrets.map((secret) => ({ hash: hash(secret) })),
      );
      expect(partsOf(app).state.issuedSecrets()).toBe(partsOf(app).state.issuedSecrets());
    }
  });

  it.each<[what: string, during: (maintenance: MaintenanceService) => Promise<unknown>, isValid: boolean]>([
    ['is valid after an update', (maintenance) => maintenance.update({ reason: 'Slow' }), true],
    ['is valid after it was turned on anew while it was on', (maintenance) => maintenance.enable(), true],
    ['is valid beside another scope', (maintenance) => maintenance.enable({ scope: 'billing' }), true],
    ['is valid after a run', (maintenance) => maintenance.run(() => undefined), true],
    ['ends when maintenance does', (maintenance) => maintenance.disable(), false],
    [
      'has ended in the next maintenance',
      async (maintenance) => {
        await maintenance.disable();
        await maintenance.enable();
      },
      false,
    ],
    [
      'has ended also if another scope is still on',
      async (maintenance) => {
        await maintenance.enable({ scope: 'billing' });
        await maintenance.disable();
      },
      false,
    ],
  ])('%s', async (_, during, isValid) => {
    const { app, maintenance } = await bootContext();
    await maintenance.enable();
    await maintenance.issueBypassSecret();
    await during(maintenance);
    expect(partsOf(app).state.issuedSecrets()).toHaveLength(Number(isValid));
  });

  it('can be issued for a window that has not begun', async () => {
    const { app, maintenance } = await bootContext();
    await maintenance.enable({ startsAt: IN_AN_HOUR });
    await maintenance.issueBypassSecret();
    await maintenance.update({ startsAt: null });
    expect(maintenance.isActive()).toBe(true);
    expect(partsOf(app).state.issuedSecrets()).toHaveLength(1);
  });

  it('is refused while nothing is on', async () => {
    const { maintenance } = await bootContext();
    await expect(maintenance.issueBypassSecret()).rejects.toMatchObject({ code: 'MAINTENANCE_WINDOW' });
  });

  it('is refused while 100 are valid, which stay valid', async () => {
    const { app, maintenance } = await bootContext();
    await maintenance.enable();
    const issued: { hash: string }[] = [];
    for (let index = 0; index < 100; index += 1)
      issued.push({ hash: hash(await maintenance.issueBypassSecret({ by: 'ada' })) });
    await expect(maintenance.issueBypassSecret()).rejects.toThrow(/^100 bypass secrets are valid already/);
    expect(partsOf(app).state.issuedSecrets()).toMatchObject(issued);
    await maintenance.disable();
    await maintenance.enable();
    await maintenance.issueBypassSecret();
    expect(partsOf(app).state.issuedSecrets()).toHaveLength(1);
  });

  it.each<[what: string, end: string]>([
    ['was turned off and on by editing the record', '"state": "off"'],
    ['has ended by an edited window', '"state": "on", "endsAt": "2026-01-01T00:00:00Z"'],
  ])('has ended if maintenance %s', async (_, end) => {
    const storage = new MemoryStorage();
    const { app, maintenance } = await bootContext({ storage });
    await maintenance.enable();
    await maintenance.issueBypassSecret();
    const text = (await storage.read())?.text ?? '';
    for (const edited of [text.replace('"state": "on"', end), text]) {
      await storage.write(edited);
      await maintenance.refresh();
    }
    expect(maintenance.isActive()).toBe(true);
    expect(partsOf(app).state.issuedSecrets()).toEqual([]);
  });
});
