import { existsSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect } from '@jest/globals';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core';

const CANDIDATES = [
  process.env['CHROME_PATH'],
  // The same browser without what draws windows: a visit takes it a quarter of the time.
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Names for sites that are not the same, and that get no Sec-Fetch headers, which are for HTTPS and loopback only.
  '--host-resolver-rules=MAP *.test 127.0.0.1',
];

const executablePath = CANDIDATES.find((path) => path !== undefined && existsSync(path));

if (executablePath === undefined) {
  const message = 'No Chromium (looked for CHROME_PATH, then in /usr/bin)';
  if (process.env['CI']) throw new Error(`${message}: the browser tests cannot run.`);
  process.stderr.write(`${message}: SKIPPING the browser tests of this file.\n`);
}

/** `describe`, which skips where there is no browser, but in CI. */
export const describeInBrowser: Pick<typeof describe, 'each'> =
  executablePath === undefined ? describe.skip : describe;

export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
}

const open = new Map<BrowserContext, string[]>();
let browser: Browser | undefined;

/** Registers the hooks for a file of browser tests; after each test no page may have reported an error. */
export function useBrowser(): void {
  beforeAll(async () => {
    if (executablePath !== undefined) browser = await chromium.launch({ executablePath, args: ARGS });
  });

  afterEach(async () => {
    const visits = [...open];
    open.clear();
    await Promise.all(visits.map(([context]) => context.close()));
    expect(visits.flatMap(([, errors]) => errors)).toEqual([]);
  });

  afterAll(async () => browser?.close());
}

/** A new visitor: own cookies, own settings. `mayReportErrors`: for pages of which the browser is to refuse something. */
export async function visitor(
  options: BrowserContextOptions = {},
  mayReportErrors: 'mayReportErrors' | false = false,
): Promise<Visit> {
  if (browser === undefined) throw new Error('Call useBrowser() at the top of the file.');
  const context = await browser.newContext(options);
  context.setDefaultTimeout(60_000);
  const errors: string[] = [];
  open.set(context, mayReportErrors ? [] : errors);
  context.on('weberror', (error) => errors.push(String(error.error())));
  context.on('console', (message) => {
    // Chromium's own note of each 503, and of each answer that did not come.
    const isAnswer = message.text().startsWith('Failed to load resource:');
    if (['error', 'warning'].includes(message.type()) && !isAnswer) errors.push(message.text());
  });
  return { context, page: await context.newPage() };
}
