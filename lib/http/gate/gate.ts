import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Policy } from '../../policy/policy.js';
import { Responder } from '../../response/responder.js';
import { InFlightWork } from '../../drain/in-flight-work.js';
import { HttpPlatformHost } from '../http-platform-host.js';
import type { Doorkeeper, RequestHook, RouteHandler } from './door.js';
import { APPLICATION, GateJudge, type GateVerdict, type LeftToRoute } from './gate-judge.js';
import { GateResponder } from './gate-responder.js';
import { isWatched } from './is-watched.js';
import { OpenPaths } from './open-paths.js';
import { OpenResponses } from './open-responses.js';
import { PassedRequests } from './passed-requests.js';
import { ResponseMethods } from './response-methods.js';
import { RouteMarks } from './route-marks.js';
import { SealedResponses } from './sealed-responses.js';
import { trackHandler } from './track-handler.js';
import { isClosing } from './unread-body.js';
import { Visit } from './visit.js';
import { watchMethod } from './watch-method.js';

/**
 * Stands in front of everything that answers HTTP requests, and decides before a body is read. What is surely blocked, it
 * answers itself, so that nothing of the application can spoil the answer. What may be for an `@MaintenanceOff` handler, it
 * leaves to the guard, and seals the response until the guard has decided.
 */
@Injectable()
export class Gate implements Doorkeeper {
  readonly #openResponses = new OpenResponses();
  #isHung = false;
  /** Known when the routes are. */
  #openPaths: OpenPaths | undefined;
  readonly #isSelfContained: boolean;

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly platformHost: HttpPlatformHost,
    private readonly policy: Policy,
    private readonly judge: GateJudge,
    answers: Responder,
    private readonly responder: GateResponder,
    private readonly marks: RouteMarks,
    private readonly seals: SealedResponses,
    private readonly passed: PassedRequests,
    private readonly work: InFlightWork,
  ) {
    this.#isSelfContained = policy.isSelfContained && answers.isSelfContained;
  }

  /** Puts itself in front of everything. Called before the routes are registered. */
  hang(): void {
    const { door } = this.platformHost.platform;
    this.marks.attach(door);
    door.hang(this.adapterHost.httpAdapter, this);
    this.work.watchResponses(() => this.#openResponses.list());
    this.#isHung = true;
  }

  /** Called when the routes are registered; also in an application without HTTP, which has none. */
  routesRegistered(): void {
    if (!this.#isHung) return;
    const { door } = this.platformHost.platform;
    const { httpAdapter } = this.adapterHost;
    door.routesRegistered(httpAdapter, this);
    this.#openPaths = new OpenPaths(door.openPatterns(httpAdapter));
  }

  readonly answersAtOnce: Doorkeeper['answersAtOnce'] = (raw, response, front) => {
    const held = this.policy.held(APPLICATION);
    if (held === null || !this.#isSelfContained || this.responder.otherHook) return false;
    if (isClosing(raw) || this.#openPaths?.mayHave(raw.url ?? '') !== false) return false;
    const request = front.preview(raw);
    const facts = this.platformHost.platform.facts(request);
    if (!this.judge.surelyBlocks(held, facts)) return false;
    const visit = new Visit(request, response, response, () => undefined, facts, held);
    this.responder.blockAtOnce(visit, raw, isWatched(raw, front.listener));
    return true;
  };

  readonly enter: RequestHook = (request, response, next) => {
    const { door, facts } = this.platformHost.platform;
    const raw = door.rawRequest(request);
    if (isClosing(raw)) {
      raw.socket.destroy();
      return;
    }
    const rawResponse = door.rawResponse(response);
    this.#openResponses.see(raw, rawResponse);
    const held = this.policy.held(APPLICATION);
    if (held === null) {
      next();
      return;
    }
    const visit = new Visit(request, response, rawResponse, next, facts(request), held);
    this.#judge(visit, () => this.judge.verdictOn(visit));
  };

  readonly declined: Doorkeeper['declined'] = (request, response, next, behind) => {
    const held = this.policy.held(APPLICATION);
    const { door, facts } = this.platformHost.platform;
    const rawResponse = door.rawResponse(response);
    const sealed = this.seals.of(rawResponse);
    if (held === null || !sealed) {
      next();
      return;
    }
    // What the handler has asked for, if it has run: a 404 of its own.
    const isMissing = sealed.isOpen && behind === 'nothing';
    if (behind === 'open') {
      sealed.sealAgain();
      next();
      return;
    }
    const visit = new Visit(request, response, rawResponse, next, facts(request), held);
    this.#judge(visit, () => {
      const verdict = this.policy.judgeAtGate(held, visit.facts, false);
      if (!isMissing) return verdict;
      return verdict instanceof Promise ? verdict.then(missingUnlessExempt) : missingUnlessExempt(verdict);
    });
  };

  /** The handler has run, and what follows must not serve anything. */
  readonly saysNotFound: Doorkeeper['saysNotFound'] = (response) => {
    const sealed = this.seals.of(this.platformHost.platform.door.rawResponse(response));
    if (!sealed?.isOpen) return false;
    sealed.sealAgain();
    return true;
  };

  readonly wrap = (handler: RouteHandler): RouteHandler =>
    trackHandler(this.work, handler, this.platformHost.platform.door.rawResponse);

  /** What cannot be known is blocked. The framework is called outside of what catches errors: they are its own. */
  #judge(visit: Visit, ask: () => GateVerdict | Promise<GateVerdict>): void {
    let verdict: GateVerdict | Promise<GateVerdict>;
    try {
      verdict = ask();
      if (!(verdict instanceof Promise)) this.#prepare(visit, verdict);
    } catch (error) {
      this.responder.fail(visit, error);
      return;
    }
    if (!(verdict instanceof Promise)) this.#act(visit, verdict);
    else
      verdict
        .then((settled): void => {
          this.#prepare(visit, settled);
          return this.#act(visit, settled);
        })
        .catch((error: unknown) => this.responder.fail(visit, error));
  }

  #prepare(visit: Visit, verdict: GateVerdict): void {
    if (verdict === 'open' || verdict === 'undecided') {
      this.#seal(visit);
      this.#watchMethod(visit, verdict);
    } else if (verdict === 'reads') this.#watchMethod(visit, verdict);
    else if (verdict === null) this.#pass(visit);
    else if (verdict === 'missing') this.seals.of(visit.rawResponse)?.sealAgain();
  }

  /** The guard judges once more by the method that is in force when the handler is to run. */
  #act(visit: Visit, verdict: GateVerdict): void {
    const isBlocked = typeof verdict === 'object' && verdict !== null;
    if (isBlocked) this.responder.block(visit);
    else if (verdict === 'missing') {
      this.platformHost.platform.door.notFound(this.adapterHost.httpAdapter, visit.request, visit.next);
    } else visit.next();
  }

  /** An exempt request that an open handler has passed on may get anything. */
  #pass({ request, rawResponse, held }: Visit): void {
    this.passed.add(request, held);
    this.seals.of(rawResponse)?.open();
  }

  /** Middleware must not make something else of a request than what it was let through for. */
  #watchMethod(visit: Visit, verdict: LeftToRoute): void {
    const methods = new ResponseMethods(visit.rawResponse);
    watchMethod(
      this.platformHost.platform.door.rawRequest(visit.request),
      () => this.judge.mayChange(visit, verdict),
      () => {
        // Middleware may have wrapped the response since.
        if (!this.seals.of(visit.rawResponse)) this.#seal(visit, methods);
        this.responder.block(visit);
      },
    );
  }

  #seal(visit: Visit, methods?: ResponseMethods): void {
    this.seals.seal(
      visit.rawResponse,
      () => this.judge.answerForOthers(visit),
      (error) => this.responder.report(visit.held, error),
      methods,
    );
  }
}

/** What is exempt may get what stands behind the handler. */
function missingUnlessExempt(verdict: GateVerdict): GateVerdict {
  return verdict === null ? null : 'missing';
}
