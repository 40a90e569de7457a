import { afterEach, describe, expect, it } from '@jest/globals';
import { hiddenMembers, openAdminPage, sendForm } from '../support/admin-forms.js';
import { closeApps, platforms } from '../support/platforms.js';
import { toggleApp } from '../support/toggle-app.js';

const START = new Date('2999-01-02T03:04:05.678Z');
const SETTING = { reason: 'before', note: 'one\r\ntwo', mode: 'full', startsAt: START } as const;
/** What a browser sends if nothing is touched. */
const UNTOUCHED = {
  reason: 'before',
  note: 'one\r\ntwo',
  startsAt: '2999-01-02T03:04',
  endsAt: '',
  mode: 'full',
  allow: '',
};

/** The content of a field of the form that changes something. */
function fieldOf(page: string, name: string): string | undefined {
  const form = page.split('<form ').find((part) => part.includes('name="action" value="update"'));
  const area = new RegExp(`name="${name}"[^>]*>\\n([^<]*)</textarea>`).exec(form ?? '')?.[1];
  return area ?? new RegExp(`name="${name}" value="([^"]*)"`).exec(form ?? '')?.[1];
}

afterEach(closeApps);

describe.each(platforms)('The form that changes something on %s', (_, createApp) => {
  it.each([
    ['empty', ''],
    ['of the past', '2000-01-01T00:00'],
  ])('with a start that is %s does not turn on what is planned', async (__, startsAt) => {
    const app = await toggleApp(createApp);
    await app.maintenance.enable(SETTING);
    const members = hiddenMembers(await openAdminPage(app), 'update');
    const { text } = await sendForm(app, { ...members, ...UNTOUCHED, startsAt, reason: 'typed' }).expect(400);
    expect(text).toContain('Say when it begins');
    expect(fieldOf(text, 'reason')).toBe('typed');
    expect(app.maintenance.status()).toMatchObject({ state: 'scheduled', reason: 'before' });
  });

  it('changes nothing if it was not touched', async () => {
    const app = await toggleApp(createApp);
    await app.maintenance.enable(SETTING);
    const members = hiddenMembers(await openAdminPage(app), 'update');
    const before = app.maintenance.status();
    const { text } = await sendForm(app, { ...members, ...UNTOUCHED }).expect(200);
    expect(text).toContain('Nothing was changed.');
    expect(app.maintenance.status()).toEqual(before);
  });

  it('keeps the lines of a reason and a note, with plain line breaks', async () => {
    const app = await toggleApp(createApp);
    await app.maintenance.enable(SETTING);
    const page = await openAdminPage(app);
    expect(fieldOf(page, 'note')).toBe('one\r\ntwo');
    const typed = { reason: 'a\r\nb', note: 'c\r\nd' };
    await sendForm(app, { ...hiddenMembers(page, 'update'), ...UNTOUCHED, ...typed }).expect(303);
    expect((await app.maintenance.history())[0]).toMatchObject({ reason: 'a\nb', note: 'c\nd' });
  });

  it('of two admins, sent once more, reverts nothing that the second did not touch', async () => {
    const app = await toggleApp(createApp);
    await app.maintenance.enable(SETTING);
    const members = hiddenMembers(await openAdminPage(app), 'update');
    await app.maintenance.update({ reason: 'theirs', mode: 'read-only', by: 'grace' });
    const endsAt = '2999-01-03T00:00';
    const { text } = await sendForm(app, { ...members, ...UNTOUCHED, endsAt }).expect(409);
    expect(fieldOf(text, 'reason')).toBe('theirs');
    expect(fieldOf(text, 'endsAt')).toBe(endsAt);
    const again = {
      ...hiddenMembers(text, 'update'),
      ...UNTOUCHED,
      reason: 'theirs',
      mode: 'read-only',
      endsAt,
    };
    await sendForm(app, again).expect(303);
    expect(app.maintenance.status()).toMatchObject({
      reason: 'theirs',
      mode: 'read-only',
      startsAt: START,
      endsAt: new Date(`${endsAt}Z`),
    });
  });

  it.each([null, 'billing'])('keeps the typed text if %s was turned off meanwhile', async (scope) => {
    const app = await toggleApp(createApp);
    await app.maintenance.enable({ ...SETTING, scope });
    const members = hiddenMembers(await openAdminPage(app), 'update');
    await app.maintenance.disable({ scope, by: 'grace' });
    const { text } = await sendForm(app, { ...members, ...UNTOUCHED, reason: 'A long text' }).expect(409);
    expect(text).toContain('A long text</textarea>');
    expect(text).toContain('2999-01-02T03:04');
    expect(text).toContain(`<option dir="auto" value="${scope ?? ''}" selected`);
  });
});
