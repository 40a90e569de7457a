import { writeFile } from 'node:fs/promises';
import type { Environment } from '../config/environment.js';
import { MaintenancePage } from '../response/maintenance-page.js';
import type { Command } from './arguments.js';
import { loadPageOptions } from './load-options.js';
import { print } from './terminal.js';
import { UsageError } from './usage-error.js';

/** Writes the page to a file, without a reason or an end: for a proxy that answers while no application runs. */
export async function writePage(
  { out, language: name, place }: Extract<Command, { readonly name: 'page' }>,
  env: Environment,
): Promise<void> {
  const { response, callbacks } = await loadPageOptions(place.config, env);
  const page = await MaintenancePage.load(response, callbacks);
  const language = name === undefined ? page.languages.default : page.languages.lookUp(name);
  if (language === undefined) throw new UsageError(`The page has no texts in ${JSON.stringify(name)}`);
  const { statusCode } = response;
  const values = { reason: null, startsAt: null, endsAt: null, retryAfter: null, scope: null } as const;
  const rendered = page.render({ ...values, statusCode, mode: 'full' }, {}, { language, method: 'GET' });
  await writeFile(out, rendered.html);
  print(
    `The page in ${JSON.stringify(language.tag)} is in ${out}.\n` +
      `Its policy, as a header: Content-Security-Policy: ${rendered.contentSecurityPolicy}`,
  );
}
