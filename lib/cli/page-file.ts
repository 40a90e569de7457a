import { writeFile } from 'node:fs/promises';
import type { Environment } from '../config/environment.js';
import { MaintenancePage } from '../response/maintenance-page.js';
import type { Command } from './arguments.js';
import { loadPageOptions } from './load-options.js';
import { print } from './terminal.js';

/** Writes the page to a file, without a reason or an end: for a proxy that answers while no application runs. */
export async function writePage(
  { out, place }: Extract<Command, { readonly name: 'page' }>,
  env: Environment,
): Promise<void> {
  const options = await loadPageOptions(place.config, env);
  const page = await MaintenancePage.load(options.response.template, options.callbacks);
  const { statusCode } = options.response;
  const values = { reason: null, startsAt: null, endsAt: null, retryAfter: null, statusCode, mode: 'full', scope: null } as const;
  const { html, contentSecurityPolicy } = page.render(values, {});
  await writeFile(out, html);
  print(`Written: ${out}\nSend it with "Content-Security-Policy: ${contentSecurityPolicy}".`);
}
