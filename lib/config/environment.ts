import type { MaintenanceModuleOptions } from '../options/maintenance-module-options.js';
import { addressRange, redirectUrl, statusCode, urlPath } from '../options/option-checks.js';
import { FileStorage } from '../storages/file.storage.js';
import { type Check, describe, integer, InvalidValue, oneOf, secret, string } from '../validation/check.js';
import { checkOption } from '../validation/check-option.js';

type Environment = Readonly<Record<string, string | undefined>>;

const WORDS: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  '1': true,
  false: false,
  no: false,
  off: false,
  '0': false,
};

const toBoolean: Check<boolean> = (value, path) => {
  const word = WORDS[String(value).toLowerCase()];
  if (word === undefined) throw new InvalidValue(path, 'true or false', describe(value));
  return word;
};

function toNumber(check: Check<number>): Check<number> {
  return (value, path) => check(/^\d+$/.test(String(value)) ? Number(value) : value, path);
}

function toList(item: Check<unknown>): Check<string[]> {
  return (value, path) => {
    const items = String(value)
      .split(',')
      .map((text) => text.trim())
      .filter((text) => text !== '');
    for (const text of items) item(text, path);
    return items;
  };
}

const retryAfter: Check<number | false> = (value, path) =>
  value === 'false' ? false : toNumber(integer(0, Number.MAX_SAFE_INTEGER))(value, path);

/**
 * The options that the environment has. A variable that is empty is as if it were not set.
 *
 * @throws MaintenanceOptionsError that names the variable.
 */
export function readEnvironment(env: Environment): MaintenanceModuleOptions {
  const read = <K extends string, T>(option: K, name: string, check: Check<T>): { [P in K]?: T } => {
    const variable = `MAINTENANCE_MODE${name}`;
    const text = env[variable]?.trim() ?? '';
    return (text === '' ? {} : { [option]: checkOption(check, text, variable) }) as { [P in K]?: T };
  };
  return {
    ...read('enabled', '', toBoolean),
    ...read('storage', '_STATE_FILE_PATH', (path) => new FileStorage({ path: String(path) })),
    ignore: {
      ...read('urls', '_IGNORE_URLS', toList(urlPath)),
      ...read('ipAddresses', '_IGNORE_IP_ADDRESSES', toList(addressRange)),
      ...read('anonymousUsers', '_IGNORE_ANONYMOUS_USER', toBoolean),
      ...read('authenticatedUsers', '_IGNORE_AUTHENTICATED_USER', toBoolean),
      ...read('staff', '_IGNORE_STAFF', toBoolean),
      ...read('superusers', '_IGNORE_SUPERUSER', toBoolean),
      ...read('adminSite', '_IGNORE_ADMIN_SITE', urlPath),
      ...read('tests', '_IGNORE_TESTS', toBoolean),
    },
    logout: {
      ...read('authenticatedUsers', '_LOGOUT_AUTHENTICATED_USER', toBoolean),
      ...read('staff', '_LOGOUT_STAFF_USER', toBoolean),
      ...read('superusers', '_LOGOUT_SUPERUSER', toBoolean),
    },
    response: {
      ...read('type', '_RESPONSE_TYPE', oneOf('auto', 'html', 'json')),
      ...read('template', '_TEMPLATE', string({ min: 1 })),
      ...read('statusCode', '_STATUS_CODE', toNumber(statusCode)),
      ...read('retryAfterSeconds', '_RETRY_AFTER', retryAfter),
      ...read('redirectUrl', '_REDIRECT_URL', redirectUrl),
    },
    bypass: { ...read('secret', '_BYPASS_SECRET', secret(16)) },
  };
}
