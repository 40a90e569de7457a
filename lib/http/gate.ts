import type { ServerResponse } from 'node:http';
import { type HttpServer, Logger } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import type { MaintenanceMode } from '../interfaces/maintenance-status.js';
import { requestHookOf, type RouteTag } from '../internals/nest.js';
import { watchMethod } from '../internals/node-http.js';
import { Admission, type Decision, type Policy } from '../policy/policy.js';
import { tagHandlers, UNDECORATED } from '../policy/route-rules.js';
import {
  isClosing,
  markBypassed,
  markBypassedNow,
  type Methods,
  methodsOf,
  ResponseSeal,
} from '../response/raw-response.js';
import type { InFlightWork } from '../drain/in-flight-work.js';
import {
  type AdapterBridge,
  AdapterFacts,
  type Exchange,
  type GateCallbacks,
  type Next,
  rawFacts,
} from './adapter-bridge.js';
import { ExemptPaths } from '../validation/matchers.js';
import { GateResponder } from './gate-responder.js';
import type { Integrations } from './integration.js';

/** Why a request is passed on to the router: for a handler that may be exempt, for its guards, or because it only reads. */
type Forward = 'may-be-exempt' | 'wait' | 'read';

/** `not-found`: an exempt handler asks for the framework's 404. */
type GateDecision = Decision | Forward | 'not-found';

type Decide = (exchange: Exchange, admission: Admission) => GateDecision | Promise<GateDecision>;

/**
 * Runs before everything that answers HTTP requests, and decides before a body is read. It answers blocked requests itself, so
 * that nothing in the application can change the response. A request that may be for an `@MaintenanceOff` handler, or whose
 * user only guards know, is passed on with a sealed response.
 */
export class Gate implements GateCallbacks {
  private readonly policy: Policy;
  private readonly bridge: AdapterBridge;
  private readonly responder: GateResponder;
  readonly tryFastPath: GateCallbacks['tryFastPath'];
  #tags: readonly RouteTag[] = [];
  /** Known when the routes are registered. */
  #exemptPaths: Readonly<Record<MaintenanceMode, ExemptPaths>> | undefined;

  constructor(
    private readonly adapter: HttpServer,
    callbackTimeoutMs: number,
    private readonly integrations: Integrations,
    private readonly work: InFlightWork,
    private readonly modules: ModulesContainer,
  ) {
    const { policy, responder, host } = integrations;
    this.policy = policy;
    this.bridge = host.bridge;
    this.responder = new GateResponder(adapter, this.bridge, policy, responder, callbackTimeoutMs);
    const isSelfContained = policy.isSelfContained && responder.isSelfContained;
    this.tryFastPath = isSelfContained ? this.#tryFastPath : undefined;
  }

  /** Called before the routes are registered. */
  install(): void {
    this.#tags = tagHandlers(this.modules);
    this.bridge.install(this, this.work);
  }

  /** Called when the routes are registered. */
  routesRegistered(): void {
    const missing = this.bridge.routesRegistered(this.#tags);
    this.#exemptPaths = {
      full: new ExemptPaths(this.bridge.exemptPatterns('full')),
      'read-only': new ExemptPaths(this.bridge.exemptPatterns('read-only')),
    };
    if (missing.length === 0) return;
    new Logger('MaintenanceMode').warn(
      `This version of the HTTP adapter does not have what maintenance mode needs: ${missing.join(', ')}. During maintenance all ` +
        'requests go through the application to the guard, which is slower and as safe. Please report this version.',
    );
  }

  readonly #tryFastPath: NonNullable<GateCallbacks['tryFastPath']> = (rawRequest, rawResponse, Preview) => {
    const active = this.policy.activeStatus(UNDECORATED);
    if (active === null || requestHookOf(this.adapter)) return false;
    if (this.policy.state.whenCurrent() !== null || isClosing(rawRequest)) return false;
    if (this.#exemptPaths?.[active.mode].mayHave(rawRequest.url ?? '') !== false) return false;
    const request = new Preview(rawRequest);
    const admission = new Admission(new AdapterFacts(request), active);
    try {
      if (this.#onlyReads(admission) || this.policy.decide(admission, 'gate') !== 'block') return false;
    } catch {
      // A proxy setting may be a function. Its error is thrown again within the framework, and reported there.
      return false;
    }
    this.responder.block({ request, response: rawResponse, rawRequest, rawResponse }, admission);
    return true;
  };

  readonly enter: GateCallbacks['enter'] = (request, response, next, rawRequest, rawResponse) => {
    if (isClosing(rawRequest)) {
      rawRequest.socket.destroy();
      return;
    }
    const current = this.policy.state.whenCurrent();
    if (current !== null) {
      void current.then(() => this.enter(request, response, next, rawRequest, rawResponse));
      return;
    }
    this.work.see(rawRequest, rawResponse);
    const active = this.policy.activeStatus(UNDECORATED);
    if (active === null) {
      next();
      return;
    }
    const exchange = { request, response, rawRequest, rawResponse };
    const admission = this.policy.admission(request, this.bridge.facts(request), active);
    admission.seal ??= this.policy.admissions.get(rawResponse)?.seal;
    this.#proceed(exchange, admission, next, this.#decide);
  };

  readonly sealEarly: GateCallbacks['sealEarly'] = (rawRequest, rawResponse) => {
    const active = this.policy.activeStatus(UNDECORATED);
    if (active === null) return;
    const admission = this.policy.admission(rawResponse, rawFacts(rawRequest), active);
    this.policy.admissions.set(rawResponse, admission);
    this.#seal(rawResponse, admission);
  };

  readonly onFallThrough: GateCallbacks['onFallThrough'] = (exchange, next, behind) => {
    const { request } = exchange;
    const active = this.policy.activeStatus(UNDECORATED);
    const seal = this.policy.admissions.get(request)?.seal;
    if (active === null || !seal) {
      next();
      return;
    }
    // If the handler has run, it has called `next()` for a 404.
    const isNotFound = seal.wasOpened && behind === 'none';
    const hasGuards = behind === 'closed-handler' && this.policy.dependsOnUser;
    if (behind === 'may-be-exempt' || hasGuards) seal.sealAgain();
    if (behind === 'may-be-exempt') {
      next();
      return;
    }
    const admission = this.policy.admission(request, this.bridge.facts(request), active);
    const orNotFound = (decision: Decision): GateDecision =>
      isNotFound && decision !== 'pass' ? 'not-found' : decision;
    this.#proceed(exchange, admission, next, () => {
      const decision = this.policy.decide(admission, hasGuards ? 'gate-before-guards' : 'gate');
      return decision instanceof Promise ? decision.then(orNotFound) : orNotFound(decision);
    });
  };

  readonly onNotFound = (request: object): boolean => {
    const seal = this.policy.admissions.get(request)?.seal;
    if (!seal?.wasOpened) return false;
    // What follows must not serve content.
    seal.sealAgain();
    return true;
  };

  /** No method, so that it is passed on without another function for each request. */
  readonly #decide: Decide = ({ request }, admission) => {
    const { mode } = admission.status;
    if (mode === 'read-only' && this.#onlyReads(admission) && !this.bridge.isUnsafe(request)) return 'read';
    if (this.bridge.mayBeExempt(request, mode)) return 'may-be-exempt';
    const hasGuards = this.policy.dependsOnUser && this.bridge.hasHandler(request);
    return this.policy.decide(admission, hasGuards ? 'gate-before-guards' : 'gate');
  };

  /** Decides and acts on it. If deciding fails, the request is blocked. */
  #proceed(exchange: Exchange, admission: Admission, next: Next, decide: Decide): void {
    let decision: GateDecision | Promise<GateDecision>;
    try {
      decision = decide(exchange, admission);
    } catch (error) {
      this.responder.fail(exchange, admission, error);
      return;
    }
    if (decision instanceof Promise) void this.#actLater(exchange, admission, next, decision);
    else this.#act(exchange, admission, next, decision);
  }

  async #actLater(
    exchange: Exchange,
    admission: Admission,
    next: Next,
    decision: Promise<GateDecision>,
  ): Promise<void> {
    try {
      this.#act(exchange, admission, next, await decision);
    } catch (error) {
      this.responder.fail(exchange, admission, error);
    }
  }

  #act(exchange: Exchange, admission: Admission, next: Next, decision: GateDecision): void {
    if (decision === 'block') {
      this.responder.block(exchange, admission);
      return;
    }
    try {
      this.policy.admissions.set(exchange.request, admission);
      if (decision === 'pass') {
        this.policy.counts.pass(admission);
        admission.seal?.open();
        markBypassed(exchange.rawResponse);
      } else if (decision === 'not-found') admission.seal?.sealAgain();
      else {
        if (decision !== 'read') this.#seal(exchange.rawResponse, admission);
        this.#watchMethod(exchange, admission, decision);
      }
    } catch (error) {
      this.responder.fail(exchange, admission, error);
      return;
    }
    // Outside of this `try`: errors of `next` belong to the framework.
    if (decision === 'not-found') this.bridge.notFound(exchange.request, next);
    else next();
  }

  /** Allows only the handler that the request was let through for to answer. */
  #seal(rawResponse: ServerResponse, admission: Admission, methods?: Methods): void {
    admission.seal ??= new ResponseSeal(
      rawResponse,
      () => this.responder.answerForOthers(admission, () => markBypassedNow(rawResponse)),
      (error) => this.responder.report(error),
      methods,
    );
  }

  /** Middleware may change the method of a request; the reason why it was let through must still apply. */
  #watchMethod(exchange: Exchange, admission: Admission, reason: Forward): void {
    // Middleware may have wrapped the response before the method changes.
    const methods = admission.seal ? undefined : methodsOf(exchange.rawResponse);
    watchMethod(
      exchange.rawRequest,
      () => this.#mayChange(exchange, admission, reason),
      () => {
        this.#seal(exchange.rawResponse, admission, methods);
        this.responder.block(exchange, admission);
      },
    );
  }

  /** Whether a request with a changed method may go on. */
  #mayChange(exchange: Exchange, admission: Admission, reason: Forward): boolean {
    const { request } = exchange;
    const { mode } = admission.status;
    if (reason === 'read' && this.#onlyReads(admission)) return true;
    if (reason === 'may-be-exempt' && this.bridge.mayBeExempt(request, mode)) return true;
    if (reason === 'wait' && this.bridge.hasHandler(request) && !this.#onlyReads(admission)) return true;
    return this.responder.answerForOthers(admission, () => markBypassed(exchange.rawResponse)) === null;
  }

  /** Whether read-only maintenance admits the request: by its method, or because an integration decides by operation. */
  #onlyReads({ status, facts }: Admission): boolean {
    if (this.policy.onlyReads(status, facts)) return true;
    return (
      status.mode === 'read-only' &&
      this.integrations.all.some((integration) => integration.decidesOn?.(facts))
    );
  }
}
