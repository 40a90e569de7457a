import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { MaintenanceStatus } from '../../contracts/maintenance-status.js';
import type { RequestFacts } from '../../contracts/request-facts.js';
import { Policy } from '../../policy/policy.js';
import type { RouteRule } from '../../policy/route-rule.js';
import type { Answer } from '../../response/answer.js';
import { Responder } from '../../response/responder.js';
import { InFlightWork } from '../../state/in-flight-work.js';
import { HttpPlatformHost } from '../http-platform-host.js';
import type { Destination, Doorkeeper, Next, RequestHook, RouteHandler, RouteMark } from './door.js';
import { OpenResponses } from './open-responses.js';
import { PassedRequests } from './passed-requests.js';
import { RouteMarks } from './route-marks.js';
import { SealedResponses } from './sealed-responses.js';
import { trackHandler } from './track-handler.js';
import { answerUnread, isClosing } from './unread-body.js';
import { writeAnswer } from './write-answer.js';

/** What the gate judges by: it does not know which handler will run, so it knows no scope. */
const APPLICATION: RouteRule = { kind: 'scope', scope: undefined };

/**
 * Stands in front of everything that answers HTTP requests, and decides before a body is read. What is surely blocked, it
 * answers itself, so that nothing of the application can spoil the answer. What may be for an `@MaintenanceOff` handler, it
 * leaves to the guard, and seals the response until the guard has decided.
 */
@Injectable()
export class Gate implements Doorkeeper {
  readonly #openResponses = new OpenResponses();
  #isHung = false;

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly platformHost: HttpPlatformHost,
    private readonly policy: Policy,
    private readonly responder: Responder,
    private readonly marks: RouteMarks,
    private readonly seals: SealedResponses,
    private readonly passed: PassedRequests,
    private readonly work: InFlightWork,
  ) {}

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
    if (this.#isHung) this.platformHost.platform.door.routesRegistered(this.adapterHost.httpAdapter, this);
  }

  readonly enter: RequestHook = (request, response, next) => {
    const raw = this.platformHost.platform.door.raw(request, response);
    if (isClosing(raw.request)) {
      raw.request.socket.destroy();
      return;
    }
    this.#openResponses.see(raw);
    const held = this.policy.held(APPLICATION);
    if (held === null) next();
    else this.#judge(new Visit(request, response, next, this.platformHost.platform.facts(request)), held);
  };

  readonly declined = (request: object, response: object, next: Next, onward: Destination): void => {
    const held = this.policy.held(APPLICATION);
    const { door, facts } = this.platformHost.platform;
    const isSealed = this.seals.has(door.raw(request, response).response);
    if (held === null || !isSealed || onward === 'open') next();
    else this.#judge(new Visit(request, response, next, facts(request)), held, onward);
  };

  readonly wrap = (handler: RouteHandler, mark: RouteMark | undefined): RouteHandler =>
    trackHandler(this.work, handler, mark, this.platformHost.platform.door.raw);

  #judge(visit: Visit, held: MaintenanceStatus, destination = this.#destination(visit)): void {
    if (destination === 'open') {
      this.#leaveToGuard(visit);
      return;
    }
    if (this.policy.allowsMethod(held, visit.facts)) {
      // Not remembered: middleware may give the request another method, for the guard to see.
      visit.next();
      return;
    }
    const hasGuards = destination === 'handler';
    settle(this.policy.judgeAtGate(held, visit.facts, hasGuards), visit.next, (verdict) => {
      if (verdict === 'undecided') this.#leaveToGuard(visit);
      else if (verdict === null) this.#pass(visit, held);
      else this.#block(visit, held);
    });
  }

  #pass({ request, next }: Visit, held: MaintenanceStatus): void {
    this.passed.add(request, held);
    next();
  }

  #leaveToGuard({ request, response, next, facts }: Visit): void {
    const raw = this.platformHost.platform.door.raw(request, response);
    this.seals.seal(raw.response, () => this.#answerForOthers(facts));
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
    const adapter = this.adapterHost.httpAdapter;
    const raw = door.raw(request, response);
    const answer = this.responder.answer(facts, held);
    const reply = (): void =>
      answerUnread(raw.request, raw.response, () => writeAnswer(door.takeOver(response), answer));
    const cors = door.cors(adapter, request);
    const replyReadably = cors ? () => runHook(cors, request, response, reply) : reply;
    const { onRequestHook: other } = adapter as { onRequestHook?: RequestHook };
    if (!other) {
      replyReadably();
      return;
    }
    // The hook of another library runs for every request, but must not answer this one.
    this.seals.seal(raw.response, () => answer);
    runHook(other.bind(adapter), request, response, replyReadably);
  }

  #destination({ request }: Visit): Destination {
    try {
      return this.platformHost.platform.door.destination(this.adapterHost.httpAdapter, request);
    } catch {
      return 'elsewhere';
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

function settle<T>(verdict: T | Promise<T>, next: Next, act: (verdict: T) => void): void {
  if (verdict instanceof Promise) verdict.then(act).catch(next);
  else act(verdict);
}
