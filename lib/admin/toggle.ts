import { ForbiddenException, Injectable } from '@nestjs/common';
import { ensureKey, type RecordChange, turnOff, turnOn, update } from '../state/changes.js';
import { MAX_NAME_LENGTH } from '../state/record-members.js';
import { UnparsableRecordError } from '../state/record-repository.js';
import { type AppliedChange, replaceable, StateWriter } from '../state/state-writer.js';
import { issueToken, isValidToken } from './confirm-token.js';
import type { ToggleAction, ToggleBody } from './toggle-body.js';

const CHANGES = { on: turnOn, off: turnOff, update };

/** Turns maintenance on and off over HTTP, for superusers. */
@Injectable()
export class Toggle {
  constructor(private readonly writer: StateWriter) {}

  /** @throws ForbiddenException for an invalid or expired token, and the errors of `MaintenanceService.enable`. */
  async apply(action: ToggleAction, { options, token }: ToggleBody, by: string): Promise<AppliedChange> {
    const change = CHANGES[action]({ ...options, ...author(by) });
    const checked = token === undefined ? change : withToken(token, action, by, change);
    const replaces = action === 'update' ? 'nothing' : replaceable(options.scope);
    return this.writer.update(checked, { via: 'route', replaces });
  }

  /**
   * A token for the confirm page. Makes sure that the record has a key, so that every instance knows it. Null if the stored
   * text does not parse, so that there is no key: the POST replaces that text, and needs no token.
   */
  async token(action: ToggleAction, user: string): Promise<string | null> {
    const signing = await signingKey(this.writer);
    return signing && issueToken(signing.key, { action, user, revision: signing.revision }, Date.now());
  }
}

/** Who makes a change; a user without a name is not named. */
export function author(name: string): { by?: string } {
  return name === '' ? {} : { by: name.slice(0, MAX_NAME_LENGTH) };
}

/** The key for tokens and the present revision. Makes a key if there is none; null if the stored text does not parse. */
export async function signingKey(
  writer: Pick<StateWriter, 'update'>,
): Promise<{ readonly key: string; readonly revision: number } | null> {
  try {
    const { after } = await writer.update(ensureKey, { via: 'route' });
    return { key: after.key ?? '', revision: after.revision };
  } catch (error) {
    if (error instanceof UnparsableRecordError) return null;
    throw error;
  }
}

/** Checks the token as part of the change, so that only one of two requests with the same token succeeds. */
function withToken(token: string, action: ToggleAction, user: string, change: RecordChange): RecordChange {
  return (record, context) => {
    const { key, revision } = record;
    if (key !== null && isValidToken(token, key, { action, user, revision }, context.now))
      return change(record, context);
    throw new ForbiddenException(
      'This confirmation is not valid any more: it is older than ten minutes, or the state has changed. Open the page again.',
    );
  };
}
