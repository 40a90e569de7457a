import { ForbiddenException, Injectable } from '@nestjs/common';
import { ensureKey, type RecordChange, turnOff, turnOn } from '../state/changes.js';
import { MAX_NAME_LENGTH } from '../state/record-format.js';
import { UnparsableRecordError } from '../state/record-repository.js';
import { type AppliedChange, replaceable, StateWriter } from '../state/state-writer.js';
import { issueToken, isValidToken } from './confirm-token.js';
import type { ToggleAction, ToggleBody } from './toggle-body.js';

/** Turns maintenance on and off over HTTP, for superusers. */
@Injectable()
export class Toggle {
  constructor(private readonly writer: StateWriter) {}

  /** @throws ForbiddenException for an invalid or expired token, and the errors of `MaintenanceService.enable`. */
  async apply(action: ToggleAction, { options, token }: ToggleBody, by: string): Promise<AppliedChange> {
    const named = by === '' ? options : { ...options, by: by.slice(0, MAX_NAME_LENGTH) };
    const change = action === 'on' ? turnOn(named) : turnOff(named);
    const checked = token === undefined ? change : withToken(token, action, by, change);
    return this.writer.update(checked, replaceable(options.scope));
  }

  /**
   * A token for the confirm page. Makes sure that the record has a key, so that every instance knows it. Null if the stored
   * text does not parse, so that there is no key: the POST replaces that text, and needs no token.
   */
  async token(action: ToggleAction, user: string): Promise<string | null> {
    try {
      const { after } = await this.writer.update(ensureKey);
      return issueToken(after.key ?? '', { action, user, revision: after.revision }, Date.now());
    } catch (error) {
      if (error instanceof UnparsableRecordError) return null;
      throw error;
    }
  }
}

/** Checks the token as part of the change, so that only one of two requests with the same token succeeds. */
function withToken(token: string, action: ToggleAction, user: string, change: RecordChange): RecordChange {
  return (record, now) => {
    const { key, revision } = record;
    if (key !== null && isValidToken(token, key, { action, user, revision }, now)) return change(record, now);
    throw new ForbiddenException(
      'This confirmation is not valid any more: it is older than ten minutes, or the state has changed. Open the page again.',
    );
  };
}
