import { ForbiddenException, Inject, Injectable, Logger } from '@nestjs/common';
import type { MaintenanceStatus } from '../contracts/maintenance-status.js';
import type { RequestFacts } from '../contracts/request-facts.js';
import { RESOLVED_OPTIONS } from '../contracts/tokens.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import { settled } from '../options/user-functions.js';
import { currentUser } from '../policy/current-user.js';
import { ensureKey, type RecordChange, turnOff, turnOn } from '../state/changes.js';
import { CurrentState } from '../state/current-state.js';
import { StateWriter } from '../state/state-writer.js';
import { isValidToken, issueToken } from './confirm-token.js';
import type { ToggleBody } from './toggle-body.js';

export type ToggleAction = 'on' | 'off';

/** Turns maintenance on and off for a superuser who asks for it over HTTP. */
@Injectable()
export class Toggle {
  readonly #logger = new Logger('MaintenanceMode');

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    private readonly state: CurrentState,
    private readonly writer: StateWriter,
  ) {}

  /**
   * Who asks, as text for `by` and for tokens.
   *
   * @throws ForbiddenException for everybody but a superuser.
   */
  async superuser(facts: RequestFacts): Promise<string> {
    const { isSuperuser, id } = this.options.user;
    let user: unknown;
    try {
      user = await currentUser(facts, this.options.user);
      // A promise, too, is something: only true is a yes.
      const verdict: unknown = user === null ? false : settled(isSuperuser(user));
      if (verdict === true) return id(user);
    } catch (error) {
      this.#logger.error(`The user of a toggle route could not be told: ${String(error)}`);
    }
    throw new ForbiddenException('Only a superuser can turn maintenance on and off.');
  }

  /**
   * @throws ForbiddenException for a token that is not valid (any more), and the errors of `MaintenanceService.enable`.
   */
  async apply(action: ToggleAction, { options, token }: ToggleBody, by: string): Promise<MaintenanceStatus> {
    const named = by === '' ? options : { ...options, by };
    const change = action === 'on' ? turnOn(named) : turnOff(named);
    const checked = token === undefined ? change : this.#withToken(token, action, by, change);
    await this.writer.update(checked, options.scope === undefined ? 'anything' : 'nothing');
    return this.state.status(options.scope);
  }

  /** A token for a person to confirm with. Makes sure that the record has a key, so that every instance knows it. */
  async token(action: ToggleAction, user: string): Promise<string> {
    const { after } = await this.writer.update(ensureKey, 'nothing');
    return issueToken(after.key ?? '', { action, user, revision: after.revision }, Date.now());
  }

  /** Looks at the token where the record is written, so that of two requests with the same one only one gets through. */
  #withToken(token: string, action: ToggleAction, user: string, change: RecordChange): RecordChange {
    return (record, now) => {
      const { key, revision } = record;
      if (key !== null && isValidToken(token, key, { action, user, revision }, now))
        return change(record, now);
      throw new ForbiddenException(
        'This confirmation is not valid any more: it is older than ten minutes, or the state has changed. Open the page again.',
      );
    };
  }
}
