import { afterEach, describe, expect, it } from '@jest/globals';
import { type EnableOptions, MaintenanceOptionsError, MemoryStorage } from '../../lib/index.js';
import { parseRecord } from '../../lib/state/record-format.js';
import { bootContext, closeContexts } from '../support/state-context.js';

afterEach(closeContexts);

const REASONS = { de: 'Neue Platten', en: 'New disks' };
const inAnHour = (): Date => new Date(Date.now() + 3_600_000);

describe('A reason by language', () => {
  it.each<[what: string, given: Record<string, string>, reason: string]>([
    ['the English one', REASONS, 'New disks'],
    ['the first one if there is no English one', { fr: 'Disques', de: 'Platten' }, 'Disques'],
    ['the first one, and not a regional one', { de: 'Platten', 'en-GB': 'Disks' }, 'Platten'],
  ])('is kept, and the one text is %s', async (_, given, reason) => {
    const storage = new MemoryStorage();
    const { maintenance } = await bootContext({ storage });
    expect(await maintenance.enable({ reason: given })).toMatchObject({ reason, reasons: given });
    expect((await maintenance.history())[0]).toMatchObject({ reason });
    const other = await bootContext({ storage });
    expect(await other.maintenance.refresh()).toMatchObject({ reason, reasons: given });
    await maintenance.disable();
    expect(maintenance.status()).toMatchObject({ reason: null, reasons: null });
  });

  it('has its language tags in the canonical form', async () => {
    const { maintenance } = await bootContext();
    const { reasons } = await maintenance.enable({ reason: { 'PT-br': 'Discos', 'zh-hans': '磁盘' } });
    expect(reasons).toEqual({ 'pt-BR': 'Discos', 'zh-Hans': '磁盘' });
  });

  it('is restored by a status that is given back', async () => {
    const { maintenance } = await bootContext();
    const before = await maintenance.enable({ reason: REASONS });
    await maintenance.enable({ reason: 'Something else' });
    expect(maintenance.status()).toMatchObject({ reason: 'Something else', reasons: null });
    expect(await maintenance.enable(before)).toMatchObject({ reason: 'New disks', reasons: REASONS });
  });

  it.each<[what: string, reason: NonNullable<EnableOptions['reason']> | null, kept: object]>([
    ['another text', 'Slower', { reason: 'Slower', reasons: null }],
    ['no text', null, { reason: null, reasons: null }],
    ['other texts', { fr: 'Lent' }, { reason: 'Lent', reasons: { fr: 'Lent' } }],
  ])('is replaced as a whole by %s, also beside the rest of its status', async (_, reason, kept) => {
    const { maintenance } = await bootContext();
    const before = await maintenance.enable({ reason: REASONS });
    expect(await maintenance.enable({ ...before, reason })).toMatchObject(kept);
    await maintenance.enable(before);
    expect(await maintenance.update({ ...before, reason })).toMatchObject(kept);
    await maintenance.enable(before);
    expect(await maintenance.update({ reason })).toMatchObject(kept);
  });

  it('is kept by an update of something else, by the next stage, and after run()', async () => {
    const { maintenance } = await bootContext();
    await maintenance.enable({ reason: REASONS });
    expect(await maintenance.update({ endsAt: inAnHour() })).toMatchObject({ reasons: REASONS });
    await maintenance.enable({ reason: { ja: '移行' }, startsAt: inAnHour() });
    expect(maintenance.list()).toMatchObject([{ reasons: REASONS }, { reasons: { ja: '移行' } }]);
    const during = await maintenance.run(() => maintenance.status(), { reason: { fr: 'Disques' } });
    expect(during).toMatchObject({ reason: 'Disques', reasons: { fr: 'Disques' } });
    expect(maintenance.status()).toMatchObject({ reason: 'New disks', reasons: REASONS });
  });

  it('is an update, also if only one of its texts is another', async () => {
    const { maintenance, events } = await bootContext();
    await maintenance.enable({ reason: REASONS });
    await maintenance.update({ reason: { ...REASONS, de: 'Andere Platten' } });
    expect(events.map(({ type, after }) => [type, after.reasons?.['de']])).toEqual([
      ['activated', 'Neue Platten'],
      ['updated', 'Andere Platten'],
    ]);
  });

  it('counts as the reason that limits.requireReason asks for', async () => {
    const { maintenance } = await bootContext({ limits: { requireReason: true } });
    expect(await maintenance.enable({ reason: REASONS })).toMatchObject({ state: 'active' });
  });

  it.each<[what: string, reason: unknown, message: string]>([
    ['no language', {}, 'enable.reason: expected a text for at least one language'],
    ['a list', ['x'], 'enable.reason: expected a string of at most 2000 characters, got an array'],
    ['a name that is no tag', { 'the Germans': 'x' }, 'a language tag such as "de"'],
    ['__proto__', JSON.parse('{"__proto__":"x"}'), 'a language tag such as "de"'],
    ['a blank text', { en: 'x', de: ' ' }, 'enable.reason.de: expected a text of 1 to 2000 characters'],
    ['a text that is too long', { de: 'x'.repeat(2001) }, 'enable.reason.de'],
    ['a text that is an object', { de: { en: 'x' } }, 'enable.reason.de'],
  ])('is refused with %s, and nothing is written', async (_, reason, message) => {
    const { maintenance } = await bootContext();
    const enabled = maintenance.enable({ reason: reason as string });
    await expect(enabled).rejects.toThrow(MaintenanceOptionsError);
    await expect(enabled).rejects.toThrow(message);
    expect(maintenance.isActive()).toBe(false);
  });

  it('decides the one text of a record that a person has edited', () => {
    const application = { state: 'on', reason: 'Old', reasons: { de: 'Platten', en: 'Disks' } };
    const record = parseRecord(JSON.stringify({ version: 1, revision: 1, application }));
    expect(record.application).toMatchObject({ reason: 'Disks', reasons: { de: 'Platten', en: 'Disks' } });
  });
});
