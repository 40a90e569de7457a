import { type HttpServer, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { MaintenanceStatus } from '../../contracts/maintenance-status.js';
import type { RequestFacts } from '../../contracts/request-facts.js';
import { Policy, type Verdict } from '../../policy/policy.js';
import type { RouteRule } from '../../policy/route-rule.js';
import type { Answer } from '../../response/answer.js';
import { Responder } from '../../response/responder.js';
import { InFlightWork } from '../../state/in-flight-work.js';
import { GraphqlEndpoints } from '../../transports/graphql-endpoints.js';
import { HttpPlatformHost } from '../http-platform-host.js';
import type { Door, Doorkeeper, RequestHook, RouteHandler } from './door.js';
import { GateResponder } from './gate-responder.js';
import { isWatched } from './is-watched.js';
import { OpenPaths } from './open-paths.js';
import { OpenResponses } from './open-responses.js';
import { PassedRequests } from './passed-requests.js';
import { RouteMarks } from './route-marks.js';
import { SealedResponses } from './sealed-responses.js';
import { trackHandler } from './track-handler.js';
import { isClosing } from './unread-body.js';
import { Visit } from './visit.js';

/** What the gate judges by: it does not know which handler will run, so it knows no scope. */
const APPLICATION: RouteRule = { kind: 'scope', scope: undefined };

/** `missing`: an open handler has asked for a 404. */
type GateVerdict = Verdict | 'undecided' | 'reads' | 'open' | 'missing';

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
    private readonly answers: Responder,
    private readonly responder: GateResponder,
    private readonly marks: RouteMarks,
    private readonly seals: SealedResponses,
    private readonly passed: PassedRequests,
    private readonly work: InFlightWork,
    private readonly graphqlEndpoints: GraphqlEndpoints,
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
    if (!this.#surelyBlocks(held, facts)) return false;
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
    this.#judge(visit, () => this.#verdictOn(visit));
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

  /** What throws (a proxy setting that is a function) does so again within the framework, where it is reported. */
  #surelyBlocks(held: MaintenanceStatus, facts: RequestFacts): boolean {
    try {
      return !this.#mayOnlyRead(held, facts) && this.policy.judgeAtGate(held, facts, false) === held;
    } catch {
      return false;
    }
  }

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
    if (verdict === 'open' || verdict === 'undecided') this.#seal(visit);
    else if (verdict === null) this.#pass(visit);
    else if (verdict === 'missing') this.seals.of(visit.rawResponse)?.sealAgain();
  }

  /** What only reads is not remembered: middleware may give the request another method, for the guard to see. */
  #act(visit: Visit, verdict: GateVerdict): void {
    const isBlocked = typeof verdict === 'object' && verdict !== null;
    if (isBlocked) this.responder.block(visit);
    else if (verdict === 'missing') {
      this.platformHost.platform.door.notFound(this.adapterHost.httpAdapter, visit.request, visit.next);
    } else visit.next();
  }

  #verdictOn({ request, facts, held }: Visit): GateVerdict | Promise<GateVerdict> {
    if (this.#mayOnlyRead(held, facts)) return 'reads';
    if (this.#mayBeOpen(request)) return 'open';
    const hasGuards = this.policy.asksForUser && this.#hasHandler(request);
    return this.policy.judgeAtGate(held, facts, hasGuards);
  }

  /** An exempt request that an open handler has passed on may get anything. */
  #pass({ request, rawResponse, held }: Visit): void {
    this.passed.add(request, held);
    this.seals.of(rawResponse)?.open();
  }

  #seal(visit: Visit): void {
    this.seals.seal(
      visit.rawResponse,
      () => this.#answerForOthers(visit),
      (error) => this.responder.report(visit.held, error),
    );
  }

  /** For who answers in the place of the handler; null if it may. */
  #answerForOthers({ facts, held: heldBefore }: Visit): Answer | null {
    const held = this.policy.held(APPLICATION);
    if (held === null) return null;
    try {
      const verdict = this.policy.judgeAtGate(held, facts, false);
      // What cannot be said at once is a no: the response is about to be written.
      if (verdict instanceof Promise) verdict.catch(() => undefined);
      return verdict === null ? null : this.answers.answer(facts, held);
    } catch (error) {
      this.responder.report(heldBefore, error);
      return this.answers.answer(null, held);
    }
  }

  /** In read-only mode: GraphQL tells by the operation, and not by the method, what only reads. */
  #mayOnlyRead(held: MaintenanceStatus, facts: RequestFacts): boolean {
    return (
      this.policy.allowsMethod(held, facts) ||
      (held.mode === 'read-only' && this.graphqlEndpoints.decidesOn(facts))
    );
  }

  #mayBeOpen(request: object): boolean {
    return this.#asks((door, adapter) => door.mayBeOpen(adapter, request));
  }

  #hasHandler(request: object): boolean {
    return this.#asks((door, adapter) => door.hasHandler(adapter, request));
  }

  /** What throws while the router is asked is blocked. */
  #asks(question: (door: Door, adapter: HttpServer) => boolean): boolean {
    try {
      return question(this.platformHost.platform.door, this.adapterHost.httpAdapter);
    } catch {
      return false;
    }
  }
}

/** What is exempt may get what stands behind the handler. */
function missingUnlessExempt(verdict: GateVerdict): GateVerdict {
  return verdict === null ? null : 'missing';
}
