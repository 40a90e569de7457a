import type { GraphqlInfo } from '../../internals/graphql.js';
import { type RouteRule } from '../../policy/route-rules.js';

/**
 * The mutations of an operation that `@MaintenanceSafe()` lets pass. What they return may have resolvers that are not declared
 * safe: some schemas group their mutations beneath a field.
 */
export class SafeMutations {
  /** By the context of the operation and the name of the mutation in the response: the rule without the declaration. */
  readonly #known = new WeakMap<object, Map<unknown, RouteRule>>();

  /** Called for each root field of a mutation that is resolved. */
  note(rules: readonly RouteRule[], context: unknown, { path }: GraphqlInfo): void {
    const safe = rules.find((rule) => rule.safe === true);
    if (safe?.kind !== 'scope' || !isObject(context)) return;
    const ofOperation = this.#known.get(context) ?? new Map<unknown, RouteRule>();
    ofOperation.set(path.key, { ...safe, safe: undefined });
    this.#known.set(context, ofOperation);
  }

  /** The rule of the safe mutation that a field is beneath, as if it were not declared safe; undefined: beneath none. */
  ruleAbove(context: unknown, { path }: GraphqlInfo): RouteRule | undefined {
    let root = path;
    while (root.prev) root = root.prev;
    return isObject(context) ? this.#known.get(context)?.get(root.key) : undefined;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
