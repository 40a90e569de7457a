import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { userInfo } from 'node:os';
import type { Environment } from '../options/environment.js';
import { MaintenanceForcedError } from '../errors.js';
import { MaintenancePage } from '../response/maintenance-page.js';
import { type Command, parseArguments, type PlaceChoice } from './arguments.js';
import { FAILURE, perform } from './commands.js';
import type { Target } from './target.js';
import { HELP } from './option-table.js';
import { loadOptions, loadPageOptions, StorageTarget } from './storage-target.js';
import { complain, messageOf, print, UsageError } from './terminal.js';
import { Instances } from './instances.js';
import { RemoteTarget } from './remote-target.js';
import { requestHeaders, RoutesClient } from './routes-client.js';

/** The command line. Resolves to the exit status; an error is one line on stderr. */
export async function main(argv: readonly string[], env: Environment): Promise<number> {
  try {
    const invocation = parseArguments(argv);
    switch (invocation.name) {
      case 'help':
        print(HELP.trimEnd());
        return 0;
      case 'version':
        print(version());
        return 0;
      case 'page':
        await writePage(invocation, env);
        return 0;
      default:
        return await performAt(invocation, env);
    }
  } catch (error) {
    complain(messageOf(error));
    return FAILURE;
  }
}

async function performAt(command: Exclude<Command, { name: 'page' }>, env: Environment): Promise<number> {
  const url = addressOf(command.place, env);
  // Made when a request needs them: `Headers` loads Node's client, which takes as long as a whole command.
  const headers = (): Headers => requestHeaders(command.place.headers, env);
  const instances = instancesOf(command, url, headers);
  if (command.place.headers.length > 0 && url === undefined && instances === null)
    throw new UsageError('--header belongs to requests: it needs --url or --wait-for');
  const target =
    url === undefined
      ? new StorageTarget(await loadOptions(command.place, env))
      : new RemoteTarget(new RoutesClient(url, headers()));
  const author = url === undefined ? { by: userName(env) } : {};
  try {
    return await perform(command, { target, instances, author });
  } catch (error) {
    throw explained(error, target);
  } finally {
    await target.close();
  }
}

/** The address of the routes: from `--url`, or from the environment if the command line names no place. */
function addressOf({ url, file, config }: PlaceChoice, env: Environment): string | undefined {
  if (url !== undefined) return url;
  const variable = env['MAINTENANCE_MODE_URL']?.trim() ?? '';
  return variable === '' || file !== undefined || config !== undefined ? undefined : variable;
}

function instancesOf(command: Command, url: string | undefined, headers: () => Headers): Instances | null {
  if (!('wait' in command) || command.wait === null) return null;
  const { urls, timeoutMs } = command.wait;
  if (urls.length > 0) return new Instances(urls, headers(), timeoutMs);
  if (url === undefined) throw new UsageError('--drain needs the instances to ask: --wait-for URL[,URL...]');
  return new Instances([url], headers(), timeoutMs);
}

/** The service knows only that an option forces the state, not where that comes from. */
function explained(error: unknown, { forcedBy }: Target): unknown {
  if (!(error instanceof MaintenanceForcedError) || forcedBy === null) return error;
  return new Error(`Maintenance is forced by ${forcedBy}: while that is set, nothing turns it on or off.`, {
    cause: error,
  });
}

/** Who does it: behind `sudo`, who called it. */
function userName(env: Environment): string {
  const caller = env['SUDO_USER']?.trim() ?? '';
  if (caller !== '') return caller;
  try {
    return userInfo().username;
  } catch {
    return 'command line';
  }
}

function version(): string {
  const manifest = readFileSync(
    createRequire(import.meta.url).resolve('nestjs-maintenance-mode/package.json'),
    'utf8',
  );
  return (JSON.parse(manifest) as { version: string }).version;
}

/** Writes the page to a file, without a reason or an end: for a proxy that answers while no application runs. */
async function writePage(
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
