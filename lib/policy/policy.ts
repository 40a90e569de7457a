import type { MaintenanceStatus } from '../contracts/maintenance-status.js';
import type { RequestFacts } from '../contracts/request-facts.js';
import type { CurrentState } from '../state/current-state.js';
import type { Exemption } from './exemption.js';
import type { RouteRule } from './route-rule.js';

/** RFC 9110 section 9.2.1, without TRACE, which no application needs. */
const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/** What a part that is always closed (`@MaintenanceOn`) says while nothing else holds. */
const ALWAYS_CLOSED: MaintenanceStatus = Object.freeze({
  state: 'active',
  mode: 'full',
  scope: null,
  reason: null,
  startsAt: null,
  endsAt: null,
  by: null,
  updatedAt: null,
  revision: 0,
  stale: false,
});

/** What blocks a request, or null: it passes. */
export type Verdict = MaintenanceStatus | null;

/** Who passes, and who does not: the order of decisions, first match wins. */
export class Policy {
  constructor(
    private readonly state: CurrentState,
    private readonly exemptions: readonly Exemption[],
  ) {}

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

  /** The verdict on an HTTP request for whose route `held` holds. A promise only where an exemption needs one. */
  judge(rule: RouteRule, held: MaintenanceStatus, facts: RequestFacts): Verdict | Promise<Verdict> {
    if (rule.kind === 'on') return held;
    if (held.mode === 'read-only' && SAFE_METHODS.includes(facts.method)) return null;
    return this.#firstExemption(held, facts, 0);
  }

  #firstExemption(held: MaintenanceStatus, facts: RequestFacts, from: number): Verdict | Promise<Verdict> {
    for (let index = from; index < this.exemptions.length; index += 1) {
      const covers = this.exemptions[index]?.covers(facts, held);
      if (covers instanceof Promise) {
        return covers.then((covered) => (covered ? null : this.#firstExemption(held, facts, index + 1)));
      }
      if (covers) return null;
    }
    return held;
  }
}
