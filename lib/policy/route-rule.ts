/** What the decorators of the handler that runs say: always blocked, never, or with a scope. */
export type RouteRule =
  | { readonly kind: 'on' }
  | { readonly kind: 'off' }
  /** Without a scope: blocked with the whole application. */
  | { readonly kind: 'scope'; readonly scope: string | undefined };

/** Of a handler without any of them: there is one object of it. */
export const UNDECORATED: RouteRule = { kind: 'scope', scope: undefined };
