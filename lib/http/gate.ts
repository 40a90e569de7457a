import { type HttpServer, Logger } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import type { MaintenanceMode } from '../interfaces/maintenance-status.js';
import type { RouteTag } from '../internals/nest.js';
import { watchMethod } from '../internals/node-http.js';
import { Admission, type Decision, type Policy } from '../policy/policy.js';
import { UNDECORATED } from '../policy/route-rules.js';
import { isClosing, markBypassed } from '../response/raw-response.js';
import { ResponseMethods } from '../response/response-seal.js';
import { type InFlightWork, trackHandler } from '../drain/in-flight-work.js';
import {
  type AdapterBridge,
  type Exchange,
  type GateCallbacks,
  type Next,
  rawFacts,
} from './adapter-bridge.js';
import { ExemptPaths, tagHandlers } from './exempt-routes.js';
import { GateResponder } from './gate-responder.js';
import type { Integrations } from './integration.js';

/** Why a request goes on to the router: for a handler that may be exempt, for its guards, or because it only reads. */
type Forward = 'may-be-exempt' | 'wait' | 'read';

/** `not-found`: an exempt handler asks for the framework's 404. */
type GateDecision = Decision | Forward | 'not-found';

/**
 * Runs before everything that answers HTTP requests, and decides before a body is read. It answers blocked requests itself, so
 * that nothing in the application can change the response. A request that may be for an `@MaintenanceOff` handler, or whose
 * user only guards know, goes on with a sealed response.
 */
export class Gate implements GateCallbacks {
  private readonly policy: Policy;
  private readonly bridge: AdapterBridge;
  private readonly responder: GateResponder;
  readonly #isSelfContained: boolean;
  #tags: readonly RouteTag[] = [];
  /** Known when the routes are registered. */
  #exemptPaths: Readonly<Record<MaintenanceMode, ExemptPaths>> | undefined;

  constructor(
    adapter: HttpServer,
    callbackTimeoutMs: number,
    private readonly integrations: Integrations,
    private readonly work: InFlightWork,
    private readonly modules: ModulesContainer,
  ) {
    const { policy, responder, host } = integrations;
    this.policy = policy;
    this.bridge = host.bridge;
    this.responder = new GateResponder(adapter, this.bridge, policy, responder, callbackTimeoutMs);
    this.#isSelfContained = policy.isSelfContained && responder.isSelfContained;
  }

  /** Called before the routes are registered. */
  install(): void {
    this.#tags = tagHandlers(this.modules);
    this.bridge.install(this);
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

  readonly tryFastPath: GateCallbacks['tryFastPath'] = (rawRequest, rawResponse, preview) => {
    const active = this.policy.activeStatus(UNDECORATED);
    if (active === null || !this.#isSelfContained || this.responder.requestHook) return false;
    if (this.policy.whenCurrent() !== null) return false;
    if (isClosing(rawRequest) || this.#exemptPaths?.[active.mode].mayHave(rawRequest.url ?? '') !== false)
      return false;
    const exchange = { request: preview(rawRequest), response: rawResponse, rawRequest, rawResponse };
    const admission = new Admission(this.bridge.facts(exchange.request), active);
    if (!this.#isSurelyBlocked(admission)) return false;
    this.responder.answerAtOnce(exchange, admission);
    return true;
  };

  readonly enter: GateCallbacks['enter'] = (request, response, next, rawRequest, rawResponse) => {
    if (isClosing(rawRequest)) {
      rawRequest.socket.destroy();
      return;
    }
    const current = this.policy.whenCurrent();
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
    admission.seal ??= this.policy.admissionOf(rawResponse)?.seal;
    this.#proceed(exchange, admission, next, () => this.#decide(request, admission));
  };

  readonly sealEarly: GateCallbacks['sealEarly'] = (rawRequest, rawResponse) => {
    const active = this.policy.activeStatus(UNDECORATED);
    if (active === null) return;
    const admission = this.policy.admission(rawResponse, rawFacts(rawRequest), active);
    this.policy.keep(rawResponse, admission);
    this.responder.seal({ request: rawRequest, response: rawResponse, rawRequest, rawResponse }, admission);
  };

  readonly onFallThrough: GateCallbacks['onFallThrough'] = (exchange, next, behind) => {
    const active = this.policy.activeStatus(UNDECORATED);
    const seal = this.policy.admissionOf(exchange.request)?.seal;
    if (active === null || !seal) {
      next();
      return;
    }
    // If the handler has run, it has called `next()` for a 404.
    const isNotFound = seal.isOpen && behind === 'none';
    if (behind === 'may-be-exempt') {
      seal.sealAgain();
      next();
      return;
    }
    const { request } = exchange;
    const admission = this.policy.admission(request, this.bridge.facts(request), active);
    const orNotFound = (decision: Decision): GateDecision =>
      isNotFound && decision !== 'pass' ? 'not-found' : decision;
    this.#proceed(exchange, admission, next, () => {
      const decision = this.policy.decide(admission, 'gate');
      return decision instanceof Promise ? decision.then(orNotFound) : orNotFound(decision);
    });
  };

  readonly onNotFound = (request: object): boolean => {
    const seal = this.policy.admissionOf(request)?.seal;
    if (!seal?.isOpen) return false;
    // What follows must not serve content.
    seal.sealAgain();
    return true;
  };

  readonly track: GateCallbacks['track'] = (handler, givesBack) =>
    trackHandler(this.work, handler, this.bridge.rawResponse, givesBack);

  readonly onGivenBack: GateCallbacks['onGivenBack'] = (response) => this.work.gaveBack(response);

  #decide(request: object, admission: Admission): GateDecision | Promise<GateDecision> {
    if (this.#onlyReads(admission) && !asks(() => this.bridge.isUnsafe(request))) return 'read';
    if (asks(() => this.bridge.mayBeExempt(request, admission.status.mode))) return 'may-be-exempt';
    const hasGuards = this.policy.dependsOnUser && asks(() => this.bridge.hasHandler(request));
    return this.policy.decide(admission, hasGuards ? 'gate-before-guards' : 'gate');
  }

  /** If deciding fails, the request is blocked. `next` is called outside of `try`: its errors belong to the framework. */
  #proceed(
    exchange: Exchange,
    admission: Admission,
    next: Next,
    decide: () => GateDecision | Promise<GateDecision>,
  ): void {
    let decision: GateDecision | Promise<GateDecision>;
    try {
      decision = decide();
      if (!(decision instanceof Promise)) this.#prepare(exchange, admission, decision);
    } catch (error) {
      this.responder.fail(exchange, admission, error);
      return;
    }
    if (decision instanceof Promise) void this.#proceedLater(exchange, admission, next, decision);
    else this.#act(exchange, admission, next, decision);
  }

  async #proceedLater(
    exchange: Exchange,
    admission: Admission,
    next: Next,
    decision: Promise<GateDecision>,
  ): Promise<void> {
    try {
      const settled = await decision;
      this.#prepare(exchange, admission, settled);
      this.#act(exchange, admission, next, settled);
    } catch (error) {
      this.responder.fail(exchange, admission, error);
    }
  }

  #prepare(exchange: Exchange, admission: Admission, decision: GateDecision): void {
    if (decision === 'block') return;
    this.policy.keep(exchange.request, admission);
    if (decision === 'pass') {
      this.policy.counts.pass(admission);
      admission.seal?.open();
      markBypassed(exchange.rawResponse);
    } else if (decision === 'not-found') admission.seal?.sealAgain();
    else {
      if (decision !== 'read') this.responder.seal(exchange, admission);
      this.#watchMethod(exchange, admission, decision);
    }
  }

  #act(exchange: Exchange, admission: Admission, next: Next, decision: GateDecision): void {
    if (decision === 'block') this.responder.block(exchange, admission);
    else if (decision === 'not-found') this.bridge.notFound(exchange.request, next);
    else next();
  }

  /** Middleware may change the method of a request; the reason why it was let through must still apply. */
  #watchMethod(exchange: Exchange, admission: Admission, reason: Forward): void {
    const methods = new ResponseMethods(exchange.rawResponse);
    watchMethod(
      exchange.rawRequest,
      () => this.#mayChange(exchange, admission, reason),
      () => {
        // Middleware may have wrapped the response since.
        this.responder.seal(exchange, admission, methods);
        this.responder.block(exchange, admission);
      },
    );
  }

  /** Whether a request with a changed method may go on. */
  #mayChange(exchange: Exchange, admission: Admission, reason: Forward): boolean {
    const { request } = exchange;
    const { mode } = admission.status;
    if (reason === 'read' && this.#onlyReads(admission)) return true;
    if (reason === 'may-be-exempt' && asks(() => this.bridge.mayBeExempt(request, mode))) return true;
    if (reason === 'wait' && asks(() => this.bridge.hasHandler(request))) return true;
    return this.responder.answerForOthers(admission, () => markBypassed(exchange.rawResponse)) === null;
  }

  /** An error (a proxy setting may be a function) is thrown again within the framework, and reported there. */
  #isSurelyBlocked(admission: Admission): boolean {
    try {
      return !this.#onlyReads(admission) && this.policy.decide(admission, 'gate') === 'block';
    } catch {
      return false;
    }
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

/** False for a malformed path, for which the router throws. */
function asks(question: () => boolean): boolean {
  try {
    return question();
  } catch {
    return false;
  }
}
