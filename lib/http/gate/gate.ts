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
import type { Door, Doorkeeper, Next, RequestHook, RouteHandler } from './door.js';
import { isWatched } from './is-watched.js';
import { OpenPaths } from './open-paths.js';
import { OpenResponses } from './open-responses.js';
import { PassedRequests } from './passed-requests.js';
import { RouteMarks } from './route-marks.js';
import { SealedResponses } from './sealed-responses.js';
import { trackHandler } from './track-handler.js';
import { answerUnread, isClosing } from './unread-body.js';
import { writeAnswer } from './write-answer.js';

/** What the gate judges by: it does not know which handler will run, so it knows no scope. */
const APPLICATION: RouteRule = { kind: 'scope', scope: undefined };

type GateVerdict = Verdict | 'undecided' | 'reads';

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
    private readonly responder: Responder,
    private readonly marks: RouteMarks,
    private readonly seals: SealedResponses,
    private readonly passed: PassedRequests,
    private readonly work: InFlightWork,
    private readonly graphqlEndpoints: GraphqlEndpoints,
  ) {
    this.#isSelfContained = policy.isSelfContained && responder.isSelfContained;
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
    if (held === null || !this.#isSelfContained || !front.mayAnswer() || this.#otherHook) return false;
    if (isClosing(raw) || this.#openPaths?.mayHave(raw.url ?? '') !== false) return false;
    const request = front.preview(raw);
    const facts = this.platformHost.platform.facts(request);
    if (!this.#surelyBlocks(held, facts)) return false;
    const answer = this.responder.answer(facts, held);
    this.#withCors(request, response, () =>
      answerUnread(raw, response, () => writeAnswer(response, answer, isWatched(raw, front.listener))),
    );
    return true;
  };

  readonly enter: RequestHook = (request, response, next) => {
    const { door, facts } = this.platformHost.platform;
    const raw = door.rawRequest(request);
    if (isClosing(raw)) {
      raw.socket.destroy();
      return;
    }
    this.#openResponses.see(raw, door.rawResponse(response));
    const held = this.policy.held(APPLICATION);
    if (held === null) {
      next();
      return;
    }
    const visit = new Visit(request, response, next, facts(request));
    if (!this.#mayOnlyRead(held, visit.facts) && this.#mayBeOpen(request)) this.#leaveToGuard(visit);
    else this.#judge(visit, held);
  };

  readonly declined = (request: object, response: object, next: Next, isOpenBehind: boolean): void => {
    const held = this.policy.held(APPLICATION);
    const { door, facts } = this.platformHost.platform;
    if (held === null || isOpenBehind || !this.seals.has(door.rawResponse(response))) next();
    else this.#judge(new Visit(request, response, next, facts(request)), held);
  };

  /** What throws (a proxy setting that is a function) does so again within the framework, which can say so. */
  #surelyBlocks(held: MaintenanceStatus, facts: RequestFacts): boolean {
    try {
      return !this.#mayOnlyRead(held, facts) && this.policy.judgeAtGate(held, facts, false) === held;
    } catch {
      return false;
    }
  }

  readonly wrap = (handler: RouteHandler): RouteHandler =>
    trackHandler(this.work, handler, this.platformHost.platform.door.rawResponse);

  #judge(visit: Visit, held: MaintenanceStatus): void {
    settle(
      () => this.#verdictOn(visit, held),
      visit.next,
      (verdict) => {
        // What only reads is not remembered: middleware may give the request another method, for the guard to see.
        if (verdict === 'reads') visit.next();
        else if (verdict === 'undecided') this.#leaveToGuard(visit);
        else if (verdict === null) this.#pass(visit, held);
        else this.#block(visit, held);
      },
    );
  }

  #verdictOn({ request, facts }: Visit, held: MaintenanceStatus): GateVerdict | Promise<GateVerdict> {
    if (this.#mayOnlyRead(held, facts)) return 'reads';
    const hasGuards = this.policy.asksForUser && this.#hasHandler(request);
    return this.policy.judgeAtGate(held, facts, hasGuards);
  }

  #pass({ request, next }: Visit, held: MaintenanceStatus): void {
    this.passed.add(request, held);
    next();
  }

  #leaveToGuard({ response, next, facts }: Visit): void {
    const raw = this.platformHost.platform.door.rawResponse(response);
    this.seals.seal(raw, () => this.#answerForOthers(facts));
    next();
  }

  /** For who answers in the place of the handler; null where it may. */
  #answerForOthers(facts: RequestFacts): Answer | null {
    const held = this.policy.held(APPLICATION);
    // What cannot be said at once is a no: the response is about to be written.
    return held === null || this.policy.judgeAtGate(held, facts, false) === null
      ? null
      : this.responder.answer(facts, held);
  }

  #block({ request, response, facts }: Visit, held: MaintenanceStatus): void {
    const { door } = this.platformHost.platform;
    const rawResponse = door.rawResponse(response);
    const answer = this.responder.answer(facts, held);
    const reply = (): void =>
      this.#withCors(request, response, () =>
        answerUnread(door.rawRequest(request), rawResponse, () =>
          writeAnswer(door.takeOver(response), answer),
        ),
      );
    const other = this.#otherHook;
    if (!other) {
      reply();
      return;
    }
    // The hook of another library runs for every request, but must not serve this one.
    this.seals.seal(rawResponse, () => answer);
    runHook(other.bind(this.adapterHost.httpAdapter), request, response, reply);
  }

  /** What another library has put into the adapter's own slot for a hook, which this package leaves alone. */
  get #otherHook(): RequestHook | undefined {
    return (this.adapterHost.httpAdapter as { onRequestHook?: RequestHook }).onRequestHook;
  }

  /** Makes the answer readable for pages of other origins that may read it. */
  #withCors(request: object, response: object, reply: () => void): void {
    const { door } = this.platformHost.platform;
    const cors = door.cors(this.adapterHost.httpAdapter, request);
    if (cors) runHook(cors, request, response, reply);
    else reply();
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

/** A request on its way in. */
class Visit {
  constructor(
    readonly request: object,
    readonly response: object,
    readonly next: Next,
    readonly facts: RequestFacts,
  ) {}
}

/** Calls back once when the hook is done, however it is done. */
function runHook(hook: RequestHook, request: object, response: object, done: () => void): void {
  let isDone = false;
  const once = (): void => {
    if (isDone) return;
    isDone = true;
    done();
  };
  try {
    const result: unknown = hook(request, response, once);
    if (result instanceof Promise) result.catch(once);
  } catch {
    once();
  }
}

/** Acts on a verdict, at once where it is one. What asking for it throws is an error of the request. */
function settle<T>(ask: () => T | Promise<T>, fail: Next, act: (verdict: T) => void): void {
  let verdict: T | Promise<T>;
  try {
    verdict = ask();
  } catch (error) {
    fail(error);
    return;
  }
  if (verdict instanceof Promise) verdict.then(act).catch((error: unknown) => fail(error));
  else act(verdict);
}
