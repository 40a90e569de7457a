import { ForbiddenException, Inject, Injectable, ServiceUnavailableException } from '@nestjs/common';
import type { RequestFacts } from '../interfaces/request-facts.js';
import { RESOLVED_OPTIONS } from '../interfaces/tokens.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import { currentUser } from '../policy/exemptions.js';
import { settled } from '../validation/values.js';

/** The user of a request. `unknown`: a function of the `user` options has failed or timed out. */
type Found =
  | { readonly kind: 'superuser'; readonly name: string }
  | { readonly kind: 'other' | 'anonymous' | 'unknown' };

/** Only superusers may use the route. The page for browsers has a link to log in. */
export class NotSuperuserException extends ForbiddenException {
  constructor(readonly isLoggedIn: boolean) {
    super(
      isLoggedIn
        ? 'Only a superuser can turn maintenance on and off, and you are not one: "user.isSuperuser" decides.'
        : 'Only a superuser can turn maintenance on and off, and you are not logged in: "user.get" or request.user says who you are.',
    );
  }
}

/** Finds out who sends a request to the routes of the module. */
@Injectable()
export class Superusers {
  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: Pick<ResolvedOptions, 'user' | 'callbacks'>,
  ) {}

  /** Whether a superuser sends the request; false if that cannot be found out. */
  async sent(facts: RequestFacts): Promise<boolean> {
    return (await this.#find(facts)).kind === 'superuser';
  }

  /**
   * The name of the superuser who sends the request, for `by` and for tokens; empty if the user has no name.
   *
   * @throws NotSuperuserException; ServiceUnavailableException if it is not known who the user is.
   */
  async nameOf(facts: RequestFacts): Promise<string> {
    const found = await this.#find(facts);
    switch (found.kind) {
      case 'superuser':
        return found.name;
      case 'unknown':
        throw new ServiceUnavailableException(
          'It is not known who you are: a function of the "user" options has failed or has not answered in time. ' +
            'The log says why. The command line needs no user.',
        );
      case 'other':
      case 'anonymous':
        throw new NotSuperuserException(found.kind === 'other');
    }
  }

  async #find(facts: RequestFacts): Promise<Found> {
    const { user: options, callbacks } = this.options;
    return callbacks.settle<Found>(
      'user',
      async () => {
        const user = await currentUser(facts, options);
        if (user === null) return { kind: 'anonymous' };
        if (settled<unknown>(options.isSuperuser(user)) !== true) return { kind: 'other' };
        return { kind: 'superuser', name: asName(settled<unknown>(options.id(user))) };
      },
      () => ({ kind: 'unknown' }),
    );
  }
}

/** The result of `user.id` as text. Numbers are common; anything else that is not text becomes an empty name. */
function asName(id: unknown): string {
  return typeof id === 'string' ? id : typeof id === 'number' || typeof id === 'bigint' ? String(id) : '';
}
