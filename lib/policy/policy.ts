import { channel } from 'node:diagnostics_channel';
import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';
import type { RequestFacts } from '../interfaces/request-facts.js';
import type { CurrentState } from '../state/current-state.js';
import { ON_ENTRY, statusOf } from '../state/maintenance-record.js';
import type { ResponseSeal } from '../response/raw-response.js';
import type { Exemption, Exemptions } from './exemptions.js';
import { type RouteRule, UNDECORATED } from './route-rules.js';

/** `wait`: it depends on a user whom only the guards of the route may know. */
export type Decision = 'pass' | 'wait' | 'block';

/**
 * What is known and decided about one request during maintenance. The gate makes it when the request arrives; guard and
 * interceptor find it again.
 */
export class Admission {
  /** Undefined until an exemption covers the request, or the guard leaves the decision to the interceptor. */
  decision: Exclude<Decision, 'block'> | undefined;
  /** Set by the gate if it lets the request go on before the handler is admitted. */
  seal: ResponseSeal | undefined;
  /** The name of the exemption that covers the request, once one does. */
  rule: string | undefined;
  /** So that each request is counted once, whichever of gate, guard and interceptor acts on it. */
  isCounted = false;

  constructor(
    readonly facts: RequestFacts,
    /** The status that blocks the request unless it is exempt. */
    readonly status: MaintenanceStatus,
  ) {}
}

/** The status that blocks a request or a route; null: nothing blocks it. */
export type Blocking = MaintenanceStatus | null;

/** RFC 9110 section 9.2.1, without TRACE, which no application needs. */
const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

export function isSafe(method: string): boolean {
  return SAFE_METHODS.includes(method);
}

/** The status of `@MaintenanceOn()` handlers while no maintenance is active. */
const ALWAYS_ON = Object.freeze(statusOf(ON_ENTRY, null, { revision: 0, stale: false, leadMs: 0 }, 0));

/**
 * The stage of a request:
 *
 * - `gate`: no guard will decide
 * - `gate-before-guards`: guards may find out who the user is
 * - `gate-with-user`: the same, and the application knows the user
 * - `guard`: the handler is known, and its guards have not run
 * - `after-guards`: all guards have run, so the user is known if there is one
 */
export type Stage = 'gate' | 'gate-before-guards' | 'gate-with-user' | 'guard' | 'after-guards';

/** Decides which requests pass during maintenance, and remembers each decision for the stages that follow. */
export class Policy {
  readonly counts: RequestCounts;
  /**
   * The admissions of requests, for later stages. The key is the request; for a call that is not an HTTP request, an object
   * that only this call has. A request that the gate blocks has none: an entry costs a fifth of the response.
   */
  readonly admissions = new WeakMap<object, Admission>();
  /** Whether no exemption calls a function of the application. */
  readonly isSelfContained: boolean;
  /** Whether an exemption depends on who the user is. */
  readonly dependsOnUser: boolean;
  /** Whether some decisions wait until the guards of the route have run. Set to false if no interceptor can decide then. */
  decidesAfterGuards: boolean;
  readonly #exemptions: Readonly<Record<Stage, readonly Exemption[]>>;

  constructor(
    readonly state: CurrentState,
    private readonly exemptions: Exemptions,
  ) {
    const { request, user, logout, afterGuards } = exemptions;
    this.counts = new RequestCounts([...request, ...user, ...logout].map(({ name }) => name));
    this.isSelfContained = exemptions.areSelfContained;
    this.dependsOnUser = user.length + logout.length > 0;
    this.decidesAfterGuards = afterGuards && this.dependsOnUser;
    this.#exemptions = {
      // At the gate no session is open yet that `logout` could end.
      gate: [...request, ...user],
      'gate-before-guards': request,
      'gate-with-user': user,
      guard: afterGuards ? request : [...request, ...user, ...logout],
      'after-guards': afterGuards ? [...user, ...logout] : [],
    };
  }

  /** The status that blocks a route, whatever the request; null: nothing blocks it. */
  activeStatus(rule: RouteRule): Blocking {
    if (rule.kind === 'scope') {
      const status = this.state.activeStatus(rule.scope);
      return rule.safe === true && status?.mode === 'read-only' ? null : status;
    }
    if (rule.kind === 'off') return null;
    const active = this.state.activeStatus();
    return active?.mode === 'full' ? active : ALWAYS_ON;
  }

  /** The known admission of a request. A new one if there is none, or if another status blocks it now. */
  admission(key: object, facts: RequestFacts, status: MaintenanceStatus): Admission {
    const known = this.admissions.get(key);
    if (known?.status === status) return known;
    const admission = new Admission(facts, status);
    admission.seal = known?.seal;
    admission.isCounted = known?.isCounted ?? false;
    return admission;
  }

  /** Whether read-only maintenance lets the request through because its method is safe, and its handler does not deny that. */
  onlyReads({ mode }: MaintenanceStatus, { method }: RequestFacts, rule: RouteRule = UNDECORATED): boolean {
    return mode === 'read-only' && isSafe(method) && rule.safe !== false;
  }

  /**
   * Decides on a request: it passes if one of the exemptions covers it. Returns a promise only if an exemption does.
   *
   * @param exemptions those of the stage that were not asked yet.
   */
  decide(
    admission: Admission,
    stage: Stage,
    exemptions = this.#exemptions[stage],
  ): Decision | Promise<Decision> {
    if (admission.decision === 'pass') return 'pass';
    for (const [index, exemption] of exemptions.entries()) {
      const covers = exemption.covers(admission.facts, admission.status);
      if (covers instanceof Promise) {
        return covers.then((passes) =>
          passes ? passBy(exemption, admission) : this.decide(admission, stage, exemptions.slice(index + 1)),
        );
      }
      if (covers) return passBy(exemption, admission);
    }
    if (stage === 'guard' && this.decidesAfterGuards) return (admission.decision = 'wait');
    if (stage !== 'gate-before-guards') return 'block';
    const hasToWait = this.exemptions.afterGuards || this.exemptions.logout.length > 0;
    return hasToWait ? 'wait' : this.#decideIfKnown(admission);
  }

  /** If `user.get` returns a user, the decision need not wait for the guards. */
  async #decideIfKnown(admission: Admission): Promise<Decision> {
    const isKnown = await this.exemptions.isKnown(admission.facts);
    return isKnown ? this.decide(admission, 'gate-with-user') : 'wait';
  }

  /** Whether a request passes for which there is no later stage. Counts nothing: the same request may be decided on again. */
  admits(admission: Admission, rule?: RouteRule): boolean | Promise<boolean> {
    if (this.onlyReads(admission.status, admission.facts, rule)) return true;
    const decision = this.decide(admission, 'guard');
    const isSettled = !(decision instanceof Promise) && decision !== 'wait';
    return isSettled ? decision === 'pass' : this.#decideToTheEnd(admission, decision);
  }

  async #decideToTheEnd(admission: Admission, first: Decision | Promise<Decision>): Promise<boolean> {
    const decision = await first;
    return (decision === 'wait' ? await this.decide(admission, 'after-guards') : decision) === 'pass';
  }
}

function passBy({ name }: Exemption, admission: Admission): Decision {
  admission.rule = name;
  admission.decision = 'pass';
  return 'pass';
}

const BLOCKED = channel('nestjs-maintenance-mode:blocked');
const PASSED = channel('nestjs-maintenance-mode:passed');

/**
 * How many requests and calls were blocked, and let through by an exemption, since the application has started. Nothing is
 * counted while maintenance is off. What is counted is published to `diagnostics_channel`, if something subscribes.
 */
export class RequestCounts {
  readonly #blocked = new Map<string, number>();
  readonly #passed: Map<string, number>;

  /** @param rules the names of all exemptions: those that have let nothing through count 0. */
  constructor(rules: readonly string[]) {
    this.#passed = new Map(rules.map((rule) => [rule, 0]));
  }

  /** By context type of Nest: `http`, `graphql`, `ws`, `rpc`. */
  get blocked(): ReadonlyMap<string, number> {
    return this.#blocked;
  }

  /** By the name of the exemption: `bypass`, `ip-addresses`. */
  get passed(): ReadonlyMap<string, number> {
    return this.#passed;
  }

  /**
   * @param request null if there is none, as for messages.
   * @param admission of a call that several places may refuse: it is counted once.
   */
  block(transport: string, status: MaintenanceStatus, request: unknown, admission?: Admission): void {
    if (admission?.isCounted) return;
    if (admission) admission.isCounted = true;
    this.#blocked.set(transport, (this.#blocked.get(transport) ?? 0) + 1);
    if (BLOCKED.hasSubscribers) BLOCKED.publish({ transport, status, request });
  }

  /** Counts a call that an exemption lets through; others that pass (safe methods in read-only maintenance) are not counted. */
  pass(admission: Admission): void {
    const { rule, status, facts } = admission;
    if (rule === undefined || admission.isCounted) return;
    admission.isCounted = true;
    this.#passed.set(rule, (this.#passed.get(rule) ?? 0) + 1);
    if (PASSED.hasSubscribers) PASSED.publish({ rule, status, request: facts.request });
  }
}
