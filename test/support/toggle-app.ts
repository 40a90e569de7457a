import request from 'supertest';
import { MaintenanceService } from '../../lib/index.js';
import { CountingStorage } from './counting.storage.js';
import { PageController } from './pages.js';
import { BROWSER, people } from './people.js';
import { type AppSettings, type CreateApp, platforms, type TestApp } from './platforms.js';

export interface ToggleApp extends TestApp {
  /** Address of the toggle routes. */
  readonly base: string;
  readonly maintenance: MaintenanceService;
  readonly storage: CountingStorage;
}

/** For `describe.each`: both adapters, with and without a global prefix. */
export const mountings: [name: string, createApp: CreateApp, prefix: string][] = platforms.flatMap(
  ([name, createApp]): [string, CreateApp, string][] => [
    [name, createApp, ''],
    [`${name} beneath a global prefix`, createApp, '/api/v1'],
  ],
);

/** An application whose users are those of `people`. */
export async function toggleApp(
  createApp: CreateApp,
  { prefix = '', options, ...settings }: AppSettings & { readonly prefix?: string } = {},
): Promise<ToggleApp> {
  const storage = new CountingStorage();
  const created = await createApp({
    controllers: [PageController],
    options: { storage, user: people, ...options },
    configure: (app) => void (prefix !== '' && app.setGlobalPrefix(prefix)),
    ...settings,
  });
  const maintenance = created.get(MaintenanceService);
  return { ...created, base: `${created.url}${prefix}/maintenance-mode`, maintenance, storage };
}

/** Opens the confirm page in a browser and takes the token from it. */
export async function confirmToken(
  { base }: Pick<ToggleApp, 'base'>,
  action: 'on' | 'off',
  user = 'ada',
): Promise<string> {
  const { text } = await request(base)
    .get(`/${action}`)
    .set({ ...BROWSER, Cookie: `session=${user}` })
    .expect(200);
  const token = /name="token" value="([^"]+)"/.exec(text)?.[1];
  if (token === undefined) throw new Error(`There is no token on this page:\n${text}`);
  return token;
}
