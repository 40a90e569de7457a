import { accessSync, constants } from 'node:fs';
import type { MaintenanceModuleOptions } from './maintenance-module-options.js';
import {
  addressRange,
  bypassSecret,
  redirectUrl,
  retryAfterSeconds,
  statusCode,
  urlPath,
} from './option-checks.js';
import { FileStorage } from '../storages/file/file.storage.js';
import { type Check, checkOption, describe, InvalidValue, oneOf } from '../validation/values.js';

/** The environment variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

const YES = ['true', 'yes', 'on', '1'];
const NO = ['false', 'no', 'off', '0'];

const toBoolean: Check<boolean> = (value, path) => {
  const word = String(value).toLowerCase();
  if (YES.includes(word)) return true;
  if (NO.includes(word)) return false;
  throw new InvalidValue(path, 'true or false', describe(value));
};

function toNumber<T>(check: Check<T>): Check<T> {
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
  /^false$/i.test(String(value)) ? false : toNumber(retryAfterSeconds)(value, path);

/** The module reads the file later, but its error could not name the variable. */
const templatePath: Check<string> = (value, path) => {
  const file = String(value);
  try {
    accessSync(file, constants.R_OK);
    return file;
  } catch (error) {
    const got = `${describe(file)} (${error instanceof Error ? error.message : String(error)})`;
    throw new InvalidValue(path, 'the path of a Handlebars file', got);
  }
};

/**
 * The options that are set in the environment. An empty variable counts as not set.
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
      ...read('template', '_TEMPLATE', templatePath),
      ...read('statusCode', '_STATUS_CODE', toNumber(statusCode)),
      ...read('retryAfterSeconds', '_RETRY_AFTER', retryAfter),
      ...read('redirectUrl', '_REDIRECT_URL', redirectUrl),
    },
    bypass: { ...read('secret', '_BYPASS_SECRET', bypassSecret) },
  };
}
