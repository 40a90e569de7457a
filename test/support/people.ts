import type { UserOptions } from '../../lib/index.js';

const PEOPLE: Readonly<Record<string, unknown>> = {
  ada: { id: 'ada', isSuperuser: true },
  grace: { id: 'grace', isSuperuser: true },
  bob: { id: 'bob', isSuperuser: false },
  truthy: { id: 'truthy', isSuperuser: 'yes' },
};

interface WithHeaders {
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/**
 * Knows `Authorization: Bearer <name>`, as programs send it, and what browsers attach by themselves: the cookie
 * `session=<name>`, and `Basic`, `Digest` or `Negotiate <name>`. ada and grace are superusers; bob and truthy are not.
 */
export const people: UserOptions = {
  get: (request: WithHeaders): unknown => {
    const [, name] =
      /^\w+ (\w+)$/.exec(request.headers['authorization'] ?? '') ??
      /\bsession=(\w+)/.exec(request.headers['cookie'] ?? '') ??
      [];
    return name === undefined ? null : (PEOPLE[name] ?? null);
  },
};

/** What a browser sends along with a click on a link of this very application. */
export const BROWSER = {
  Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  Cookie: 'session=ada',
  'Sec-Fetch-Site': 'same-origin',
  'Sec-Fetch-Mode': 'navigate',
  'Sec-Fetch-Dest': 'document',
} as const;

export const BEARER = { Authorization: 'Bearer ada' } as const;
