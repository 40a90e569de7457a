import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';
import type { RequestFacts } from '../interfaces/request-facts.js';
import type { CurrentState } from '../state/current-state.js';
import { ON_ENTRY, statusOf } from '../state/maintenance-record.js';
import type { Exemption } from './exemption.js';
import type { Exemptions } from './exemptions.js';
import type { RouteRule } from './route-rule.js';

/** RFC 9110 section 9.2.1, without TRACE, which no application needs. */
const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/** What a part that is always closed (`@MaintenanceOn`) says while nothing else holds. */
const ALWAYS_CLOSED = Object.freeze(statusOf(ON_ENTRY, null, { revision: 0, stale: false }, 0));

/** What blocks a request, or null: it passes. */
export type Verdict = MaintenanceStatus | null;

/** Who passes, and who does not: the order of decisions, first match wins. */
export class Policy {
  readonly #gateAndUsers: readonly Exemption[];

  constructor(
    private readonly state: CurrentState,
    private readonly exemptions: Exemptions,
  ) {
    this.#gateAndUsers = [...exemptions.gate, ...exemptions.gateUsers];
  }

  /** Whether something is left to decide when the guards of the route have run. */
  get decidesLate(): boolean {
    return this.exemptions.late.length > 0;
  }

  /** Whether nothing of the application has a say in the exemptions. */
  get isSelfContained(): boolean {
    return this.exemptions.areSelfContained;
  }

  /** Whether some rule depends on who the user is. */
  get asksForUser(): boolean {
    return this.exemptions.knowsUser !== undefined;
  }

  /** What holds for a route, before anything is known of the request: decorators, then the state. */
  held(rule: RouteRule): Verdict {
    switch (rule.kind) {
      case 'off':
        return null;
      case 'on': {
        const held = this.state.heldStatus();
        return held?.mode === 'full' ? held : ALWAYS_CLOSED;
      }
      case 'scope':
        return this.state.heldStatus(rule.scope);
    }
  }

  /** Whether read-only maintenance lets the request pass. */
  allowsMethod({ mode }: MaintenanceStatus, { method }: RequestFacts): boolean {
    return mode === 'read-only' && SAFE_METHODS.includes(method);
  }

  /**
   * The verdict before a body is read. With guards still to come it is left to them where a rule depends on the user and
   * they may learn who it is; without, the user is nobody.
   */
  judgeAtGate(
    held: MaintenanceStatus,
    facts: RequestFacts,
    hasGuards: boolean,
  ): Verdict | 'undecided' | Promise<Verdict | 'undecided'> {
    const { gate, gateUsers, knowsUser } = this.exemptions;
    if (!hasGuards || !knowsUser) return unlessExempt(this.#gateAndUsers, held, facts);
    return chain(unlessExempt(gate, held, facts), (verdict) =>
      verdict === null
        ? null
        : chain(knowsUser(facts), (known) =>
            known ? unlessExempt(gateUsers, held, facts) : ('undecided' as const),
          ),
    );
  }

  /** The verdict on an HTTP request that `held` would block. A promise only where an exemption needs one. */
  judge(held: MaintenanceStatus, facts: RequestFacts): Verdict | Promise<Verdict> {
    if (this.allowsMethod(held, facts)) return null;
    return unlessExempt(this.exemptions.early, held, facts);
  }

  /** The verdict where nothing more becomes known of the user: no guard that runs later finds out who it is. */
  judgeAtOnce(held: MaintenanceStatus, facts: RequestFacts): Verdict | Promise<Verdict> {
    const verdict = this.judge(held, facts);
    const late = (settled: Verdict): Verdict | Promise<Verdict> =>
      settled === null ? null : this.judgeLate(settled, facts);
    return verdict instanceof Promise ? verdict.then(late) : late(verdict);
  }

  /** The verdict on a request that `judge` would block, now that its user is known. */
  judgeLate(held: MaintenanceStatus, facts: RequestFacts): Verdict | Promise<Verdict> {
    return unlessExempt(this.exemptions.late, held, facts);
  }
}

/** Goes on at once where there is nothing to wait for. */
function chain<T, U>(value: T | Promise<T>, continued: (value: T) => U | Promise<U>): U | Promise<U> {
  return value instanceof Promise ? value.then(continued) : continued(value);
}

function unlessExempt(
  exemptions: readonly Exemption[],
  held: MaintenanceStatus,
  facts: RequestFacts,
): Verdict | Promise<Verdict> {
  let asked = 0;
  for (const exemption of exemptions) {
    asked += 1;
    const covers = exemption.covers(facts, held);
    if (covers instanceof Promise) {
      const others = exemptions.slice(asked);
      return covers.then((covered) => (covered ? null : unlessExempt(others, held, facts)));
    }
    if (covers) return null;
  }
  return held;
}
