import request from 'supertest';
import type { MaintenanceService } from '../../lib/index.js';
import { BROWSER } from './people.js';
import type { ToggleApp } from './toggle-app.js';

/** A form of the admin page, filled in. */
export interface FormUnderTest {
  readonly action: 'on' | 'update' | 'extend' | 'off' | 'off-all' | 'bypass';
  /** What has to be on, so that the page has this form. */
  readonly before: (maintenance: MaintenanceService) => Promise<unknown>;
  readonly typed: Readonly<Record<string, string>>;
  /** What its success is answered with. */
  readonly status: 200 | 303;
}

const inAnHour = (): Date => new Date(Date.now() + 3_600_000);
const on = async (maintenance: MaintenanceService): Promise<unknown> =>
  maintenance.enable({ reason: 'before', endsAt: inAnHour() });

/** For `describe.each`: every form of the admin page. */
export const adminForms: [action: FormUnderTest['action'], form: FormUnderTest][] = (
  [
    {
      action: 'on',
      before: async () => undefined,
      typed: { mode: 'full', begin: 'now', lasts: '30', reason: 'typed', confirmed: 'yes' },
      status: 303,
    },
    { action: 'update', before: on, typed: { reason: 'typed', mode: 'full' }, status: 303 },
    { action: 'extend', before: on, typed: {}, status: 303 },
    { action: 'off', before: on, typed: {}, status: 303 },
    {
      action: 'off-all',
      before: async (maintenance: MaintenanceService) => {
        await on(maintenance);
        await maintenance.enable({ scope: 'billing' });
      },
      typed: {},
      status: 303,
    },
    { action: 'bypass', before: on, typed: {}, status: 200 },
  ] as const
).map((form) => [form.action, form]);

/** Opens the admin page in a browser. */
export async function openAdminPage({ base }: Pick<ToggleApp, 'base'>, user = 'ada'): Promise<string> {
  const { text } = await request(base)
    .get('/admin')
    .set({ ...BROWSER, Cookie: `session=${user}` })
    .expect(200);
  return text;
}

/** The hidden members of a form on a page, the first one with this action. */
export function hiddenMembers(page: string, action: string): Record<string, string> {
  const form = page.split('<form ').find((part) => part.includes(`name="action" value="${action}"`));
  if (form === undefined) throw new Error(`There is no form "${action}" on this page:\n${page}`);
  const inputs =
    form.split('</form>')[0]?.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g) ?? [];
  return Object.fromEntries([...inputs].map(([, name = '', value = '']) => [name, value]));
}

/** The members of the form as a browser would send them. */
export async function filledForm(
  app: ToggleApp,
  { action, before, typed }: FormUnderTest,
  user = 'ada',
): Promise<Record<string, string>> {
  await before(app.maintenance);
  return { ...hiddenMembers(await openAdminPage(app, user), action), ...typed };
}

/** What a browser does with the button of the form. */
export function sendForm(
  { base }: Pick<ToggleApp, 'base'>,
  members: Readonly<Record<string, string>>,
  user = 'ada',
): request.Test {
  return request(base)
    .post('/admin')
    .set({ ...BROWSER, Cookie: `session=${user}` })
    .type('form')
    .send(new URLSearchParams(members).toString());
}
