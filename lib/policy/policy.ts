import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';
import type { RequestFacts } from '../interfaces/request-facts.js';
import type { CurrentState } from '../state/current-state.js';
import { ON_ENTRY } from '../state/maintenance-record.js';
import { statusOf } from '../state/window.js';
import type { StorageSync } from '../state/storage-sync.js';
import type { ResponseSeal } from '../response/response-seal.js';
import type { Exemption } from './exemption.js';
import type { Exemptions } from './exemptions.js';
import { type CountedCall, RequestCounts } from './request-counts.js';
import { isDeclared, type RouteRule, UNDECORATED } from './route-rules.js';

/** `wait`: it depends on a user whom only the guards of the route may know. */
export type Decision = 'pass' | 'wait' | 'block';

/**
 * What is known and decided about one request during maintenance. The gate makes it when the request arrives; guard and
 * interceptor find it again.
 */
export class Admission implements CountedCall {
  /** The last decision; undefined before the first one. */
  decision: Decision | undefined;
  /** Set by the gate if it lets the request go on before the handler is admitted. */
  seal: ResponseSeal | undefined;
  /** The name of the exemption that covers the request, once one does. */
  rule: string | undefined;
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

/** The status of `@MaintenanceOn()` handlers while no maintenance is active. */
const ALWAYS_ON = Object.freeze(statusOf(ON_ENTRY, null, { revision: 0, stale: false, leadMs: 0 }, 0));

/**
 * The stage of a request:
 *
 * - `gate`: nothing of the application has run, and no handler with guards will
 * - `gate-before-guards`: nothing of the application has run; guards may find out who the user is
 * - `guard`: the handler is known, and its guards have not run
 * - `after-guards`: all guards have run, so the user is known if there is one
 */
export type Stage = 'gate' | 'gate-before-guards' | 'guard' | 'after-guards';

/** Decides which requests pass during maintenance, and remembers each decision for the stages that follow. */
export class Policy {
  readonly counts: RequestCounts;

  readonly #admissions = new WeakMap<object, Admission>();
  readonly #atGate: readonly Exemption[];
  readonly #atGuard: readonly Exemption[];
  readonly #afterGuards: readonly Exemption[];

  constructor(
    private readonly state: CurrentState,
    private readonly exemptions: Exemptions,
    private readonly sync: Pick<StorageSync, 'whenCurrent'>,
  ) {
    const { request, user, logout, afterGuards } = exemptions;
    this.counts = new RequestCounts([...request, ...user, ...logout].map(({ name }) => name));
    // At the gate no session is open yet that `logout` could end.
    this.#atGate = [...request, ...user];
    this.#atGuard = afterGuards ? request : [...request, ...user, ...logout];
    this.#afterGuards = afterGuards ? [...user, ...logout] : [];
  }

  /** False: no interceptor decides after the guards, so requests that would wait for it are blocked. */
  hasInterceptor = true;

  /** Whether some decisions wait until the guards of the route have run. */
  get decidesAfterGuards(): boolean {
    return this.hasInterceptor && this.exemptions.afterGuards && this.dependsOnUser;
  }

  /** Whether no exemption calls a function of the application. */
  get isSelfContained(): boolean {
    return this.exemptions.areSelfContained;
  }

  /** To wait for before a decision, in a process that was frozen; otherwise null. */
  whenCurrent(): Promise<void> | null {
    return this.sync.whenCurrent();
  }

  /** The status that blocks a route, whatever the request; null: nothing blocks it. */
  activeStatus(rule: RouteRule): Blocking {
    if (rule.kind === 'scope') {
      const status = this.state.activeStatus(rule.scope);
      return isDeclared('safe', rule) && status?.mode === 'read-only' ? null : status;
    }
    if (rule.kind === 'off') return null;
    const active = this.state.activeStatus();
    return active?.mode === 'full' ? active : ALWAYS_ON;
  }

  /** For views: the status of the whole application. */
  applicationStatus(): MaintenanceStatus {
    return this.state.status();
  }

  /**
   * The admission of a request. A new one if there is none, or if another status blocks it now; `keep` makes it known.
   *
   * @param key the request; for a call that is not an HTTP request, an object that only this call has.
   */
  admission(key: object, facts: RequestFacts, status: MaintenanceStatus): Admission {
    const known = this.#admissions.get(key);
    if (known?.status === status) return known;
    const admission = new Admission(facts, status);
    admission.seal = known?.seal;
    admission.isCounted = known?.isCounted ?? false;
    return admission;
  }

  /** Keeps the admission of a request for later stages. Not for a blocked one: an entry costs a fifth of the response. */
  keep(key: object, admission: Admission): void {
    this.#admissions.set(key, admission);
  }

  /** The admission of a request, if it has one. */
  admissionOf(key: object): Admission | undefined {
    return this.#admissions.get(key);
  }

  /** Whether read-only maintenance lets the request through because its method is safe, and its handler does not deny that. */
  onlyReads({ mode }: MaintenanceStatus, { method }: RequestFacts, rule: RouteRule = UNDECORATED): boolean {
    return mode === 'read-only' && SAFE_METHODS.includes(method) && !isDeclared('unsafe', rule);
  }

  /** Decides on a request. Returns a promise only if an exemption does. */
  decide(admission: Admission, stage: Stage): Decision | Promise<Decision> {
    if (admission.decision === 'pass') return 'pass';
    const decision = this.#decide(admission, stage);
    return decision instanceof Promise
      ? decision.then((settled) => remember(admission, stage, settled))
      : remember(admission, stage, decision);
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

  #decide(admission: Admission, stage: Stage): Decision | Promise<Decision> {
    switch (stage) {
      case 'gate':
        return ifCovered(this.#atGate, admission, 'block');
      case 'gate-before-guards':
        return ifCovered(this.exemptions.request, admission, () => this.#decideByUser(admission));
      case 'guard':
        return ifCovered(this.#atGuard, admission, this.decidesAfterGuards ? 'wait' : 'block');
      case 'after-guards':
        return ifCovered(this.#afterGuards, admission, 'block');
    }
  }

  /** If `user.get` returns a user, the decision need not wait for the guards. */
  #decideByUser(admission: Admission): Decision | Promise<Decision> {
    const { user, logout, afterGuards, isKnown } = this.exemptions;
    if (!this.dependsOnUser) return 'block';
    if (afterGuards || logout.length > 0) return 'wait';
    return isKnown(admission.facts).then((known) => (known ? ifCovered(user, admission, 'block') : 'wait'));
  }

  /** Whether an exemption depends on who the user is. */
  get dependsOnUser(): boolean {
    return this.exemptions.user.length + this.exemptions.logout.length > 0;
  }
}

/** The gate may decide again about the same request, so it only remembers `pass`. */
function remember(admission: Admission, stage: Stage, decision: Decision): Decision {
  const isFinal = decision === 'pass' || !stage.startsWith('gate');
  if (isFinal) admission.decision = decision;
  return decision;
}

type Otherwise = Decision | (() => Decision | Promise<Decision>);

/** `pass` if one of the exemptions covers the request. */
function ifCovered(
  exemptions: readonly Exemption[],
  admission: Admission,
  otherwise: Otherwise,
): Decision | Promise<Decision> {
  for (const [index, exemption] of exemptions.entries()) {
    const covers = exemption.covers(admission.facts, admission.status);
    if (covers instanceof Promise) {
      const others = exemptions.slice(index + 1);
      return covers.then((covered) =>
        covered ? passBy(exemption, admission) : ifCovered(others, admission, otherwise),
      );
    }
    if (covers) return passBy(exemption, admission);
  }
  return typeof otherwise === 'function' ? otherwise() : otherwise;
}

function passBy({ name }: Exemption, admission: Admission): Decision {
  admission.rule = name;
  return 'pass';
}
