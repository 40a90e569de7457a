import { ForbiddenException, Inject, Injectable, ServiceUnavailableException } from '@nestjs/common';
import type { EnableOptions, MaintenanceStatus } from '../interfaces/maintenance-status.js';
import type { RequestFacts } from '../interfaces/request-facts.js';
import { RESOLVED_OPTIONS } from '../interfaces/tokens.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import { settled } from '../validation/values.js';
import { currentUser } from '../policy/user-exemptions.js';
import { ensureKey, type RecordChange, turnOff, turnOn } from '../state/changes.js';
import { CurrentState } from '../state/current-state.js';
import { MAX_NAME_LENGTH } from '../state/record-members.js';
import { UnparsableRecordError } from '../state/record-repository.js';
import { replaceable, StateWriter } from '../state/state-writer.js';
import { issueToken, isValidToken } from './confirm-page.js';
import { describe, InvalidValue, object, oneOf, scopeName, string } from '../validation/check.js';

export type ToggleAction = 'on' | 'off';

/** Turns maintenance on and off over HTTP, for superusers. */
@Injectable()
export class Toggle {
  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    private readonly state: CurrentState,
    private readonly writer: StateWriter,
  ) {}

  /**
   * The name of the superuser who sent the request, for `by` and for tokens.
   *
   * @throws ForbiddenException if the user is not a superuser; ServiceUnavailableException if a function of the `user` options
   * has failed or timed out, so that the user is unknown.
   */
  async superuser(facts: RequestFacts): Promise<string> {
    const { isSuperuser, id } = this.options.user;
    const name = await this.options.callbacks.settle<string | null | typeof UNKNOWN>(
      'user',
      async () => {
        const user = await currentUser(facts, this.options.user);
        if (user === null || settled<unknown>(isSuperuser(user)) !== true) return null;
        return nameOf(settled<unknown>(id(user)));
      },
      () => UNKNOWN,
    );
    if (name === UNKNOWN) {
      throw new ServiceUnavailableException(
        'It is not known who you are: a function of the "user" options has failed or has not answered in time. ' +
          'The log says why. The command line needs no user.',
      );
    }
    if (name === null) throw new ForbiddenException('Only a superuser can turn maintenance on and off.');
    return name;
  }

  /**
   * @throws ForbiddenException for an invalid or expired token, and the errors of `MaintenanceService.enable`.
   */
  async apply(action: ToggleAction, { options, token }: ToggleBody, by: string): Promise<MaintenanceStatus> {
    const named = by === '' ? options : { ...options, by: by.slice(0, MAX_NAME_LENGTH) };
    const change = action === 'on' ? turnOn(named) : turnOff(named);
    const checked = token === undefined ? change : this.#withToken(token, action, by, change);
    await this.writer.update(checked, { via: 'route', replaces: replaceable(options.scope) });
    return this.state.status(options.scope ?? undefined);
  }

  /**
   * A token for the confirm page. Makes sure that the record has a key, so that every instance knows it. Null if the stored
   * text does not parse, so that there is no key: the POST replaces that text, and needs no token.
   */
  async token(action: ToggleAction, user: string): Promise<string | null> {
    try {
      const { after } = await this.writer.update(ensureKey, { via: 'route' });
      return issueToken(after.key ?? '', { action, user, revision: after.revision }, Date.now());
    } catch (error) {
      if (error instanceof UnparsableRecordError) return null;
      throw error;
    }
  }

  /** Checks the token as part of the change, so that only one of two requests with the same token succeeds. */
  #withToken(token: string, action: ToggleAction, user: string, change: RecordChange): RecordChange {
    return (record, context) => {
      const { key, revision } = record;
      if (key !== null && isValidToken(token, key, { action, user, revision }, context.now))
        return change(record, context);
      throw new ForbiddenException(
        'This confirmation is not valid any more: it is older than ten minutes, or the state has changed. Open the page again.',
      );
    };
  }
}

/** Instead of a name, if the application could not say who the user is. */
const UNKNOWN = Symbol('unknown');

/** The result of `user.id` as text. Numbers are common; anything else that is not text becomes an empty name. */
function nameOf(id: unknown): string {
  return typeof id === 'string' ? id : typeof id === 'number' || typeof id === 'bigint' ? String(id) : '';
}

const text = string();
const MEMBERS = {
  on: object({
    reason: text,
    startsAt: text,
    endsAt: text,
    scope: scopeName,
    mode: oneOf('full', 'read-only'),
    token: text,
  }),
  off: object({ scope: scopeName, token: text }),
};

/** The parsed body of a POST to a toggle route. */
export interface ToggleBody {
  readonly options: Omit<EnableOptions, 'by'>;
  readonly token: string | undefined;
}

/** @throws InvalidValue that names the wrong member. */
export function parseToggleBody(action: 'on' | 'off', { headers }: RequestFacts, body: unknown): ToggleBody {
  const sent = bodyOrNothing(headers, body);
  const { token, ...options } = MEMBERS[action](isForm(headers) ? withoutEmpty(sent) : sent, '');
  return { options, token };
}

function isForm(headers: RequestFacts['headers']): boolean {
  return /^application\/x-www-form-urlencoded\b/i.test(headers['content-type'] ?? '');
}

/** A form also sends the fields that were left empty. */
function withoutEmpty(body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return body;
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== ''));
}

/** A body that the application has not parsed must not count as an empty one. */
function bodyOrNothing(headers: RequestFacts['headers'], body: unknown): unknown {
  if (body !== undefined && body !== null) return body;
  const isSent = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  if (!isSent) return {};
  throw new InvalidValue('body', 'JSON or a form', describe(headers['content-type'] ?? 'no content type'));
}
