import { type HttpServer, Logger } from '@nestjs/common';
import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';
import { requestHookOf } from '../internals/nest.js';
import { Admission, type Policy } from '../policy/policy.js';
import { UNDECORATED } from '../policy/route-rules.js';
import type { Answer } from '../response/problem.js';
import {
  closeIfUnread,
  markBypassedNow,
  whenParsed,
  writeAnswer,
  writePlain,
} from '../response/raw-response.js';
import { ResponseMethods, ResponseSeal } from '../response/response-seal.js';
import type { Responder } from '../response/responder.js';
import type { AdapterBridge, Exchange, RequestHook } from './adapter-bridge.js';

/** Answers blocked requests at the gate. If that fails, the response is a plain 503, and the error is logged once. */
export class GateResponder {
  readonly #logger = new Logger('MaintenanceMode');
  /** Once for each activation, since clients can cause the same failure at will. */
  readonly #reported = new WeakSet<MaintenanceStatus>();

  constructor(
    private readonly adapter: HttpServer,
    private readonly bridge: AdapterBridge,
    private readonly policy: Policy,
    private readonly answers: Responder,
    private readonly callbackTimeoutMs: number,
  ) {}

  /** The request hook of another library, which runs for every request. */
  get requestHook(): RequestHook | undefined {
    return requestHookOf(this.adapter);
  }

  /** Answers before the framework sees the request. */
  answerAtOnce(exchange: Exchange, admission: Admission): void {
    this.#attempt(exchange, admission, () => {
      const answer = this.answers.answer(admission.facts, admission.status);
      this.#reply(exchange, admission, () => {
        closeIfUnread(exchange.rawRequest, exchange.rawResponse);
        this.#count(admission);
        writeAnswer(exchange.rawResponse, answer);
      });
    });
  }

  /** Answers a request that the framework has seen. */
  block(exchange: Exchange, admission: Admission): void {
    const { facts, status, seal } = admission;
    this.#attempt(exchange, admission, () => {
      const answer = this.answers.answer(facts, status);
      const write = (): void => {
        closeIfUnread(exchange.rawRequest, exchange.rawResponse);
        this.#write(exchange, admission, answer);
      };
      const hook = seal ? undefined : this.requestHook;
      if (!hook) {
        this.#reply(exchange, admission, write);
        return;
      }
      // The hook must not serve the request.
      this.policy.keep(exchange.request, admission);
      this.seal(exchange, admission, undefined, () => {
        this.#count(admission);
        return answer;
      });
      this.#run(hook, exchange, admission, () => this.#reply(exchange, admission, write));
    });
  }

  /** Blocks a request for which deciding or answering has failed. */
  fail(exchange: Exchange, admission: Admission, error: unknown): void {
    const { rawResponse } = exchange;
    const { status } = admission;
    this.report(status, error);
    try {
      this.#write(exchange, admission, this.answers.answer(null, status));
    } catch {
      writePlain(rawResponse);
    }
    // The response has begun and cannot be completed.
    if (!rawResponse.writableEnded) rawResponse.destroy();
  }

  /** Lets nobody answer but the handler that the request was let through for. */
  seal(
    exchange: Exchange,
    admission: Admission,
    methods?: ResponseMethods,
    answer = (): Answer | null =>
      this.answerForOthers(admission, () => markBypassedNow(exchange.rawResponse)),
  ): void {
    admission.seal ??= new ResponseSeal(
      exchange.rawResponse,
      answer,
      (error) => this.report(admission.status, error),
      methods,
    );
  }

  /**
   * The response to send if anything but the handler answers; null: it may answer.
   *
   * @param exempted called if it may because an exemption covers the request.
   */
  answerForOthers(admission: Admission, exempted: () => void): Answer | null {
    const { facts, status } = admission;
    const active = this.policy.activeStatus(UNDECORATED);
    if (active === null) return null;
    try {
      const others = new Admission(facts, active);
      const decision = this.policy.decide(others, 'gate');
      // There is no time to wait: a promise counts as a no.
      if (decision instanceof Promise) decision.catch(() => undefined);
      if (decision === 'pass') {
        admission.rule = others.rule;
        this.policy.counts.pass(admission);
        exempted();
        return null;
      }
      this.#count(admission);
      return this.answers.answer(facts, active);
    } catch (error) {
      this.#count(admission);
      this.report(status, error);
      return this.answers.answer(null, active);
    }
  }

  report(status: MaintenanceStatus, error: unknown): void {
    if (this.#reported.has(status)) return;
    this.#reported.add(status);
    this.#logger.error(
      `A request could not be judged or answered as usual, and is blocked. Others like it are not logged: ${String(error)}`,
    );
  }

  #count(admission: Admission): void {
    this.policy.counts.blockOnce('http', admission);
  }

  /** Past the framework, and if the response is sealed, past everything that wraps it. */
  #write({ response }: Exchange, admission: Admission, answer: Answer): void {
    const { seal } = admission;
    this.#count(admission);
    const taken = this.bridge.takeOver(response);
    if (seal) seal.replace(answer);
    else writeAnswer(taken, answer);
  }

  /** Runs the application's CORS layer first, so that pages of allowed origins can read the response. */
  #reply(exchange: Exchange, admission: Admission, write: () => void): void {
    const { rawRequest } = exchange;
    const reply = (): void => whenParsed(rawRequest, () => this.#attempt(exchange, admission, write));
    const cors = this.#corsFor(exchange, admission);
    if (cors) this.#run(cors, exchange, admission, reply);
    else reply();
  }

  /** Undefined if the path is malformed. */
  #corsFor({ request }: Exchange, { status }: Admission): RequestHook | undefined {
    try {
      return this.bridge.cors(request);
    } catch (error) {
      this.report(status, error);
      return undefined;
    }
  }

  #run(hook: RequestHook, exchange: Exchange, admission: Admission, done: () => void): void {
    runHook(hook, exchange, this.callbackTimeoutMs, (error, isLate) => {
      if (error !== undefined) this.report(admission.status, error);
      this.#attempt(exchange, admission, done);
      // It may still set headers, after they have been sent.
      if (isLate) new ResponseMethods(exchange.rawResponse).silence();
    });
  }

  #attempt(exchange: Exchange, admission: Admission, step: () => void): void {
    try {
      step();
    } catch (error) {
      this.fail(exchange, admission, error);
    }
  }
}

/**
 * Calls back once when the hook has called back, thrown or rejected, unless it has answered itself.
 *
 * @param timeoutMs the longest wait, as for the functions of the options.
 * @param done called with the error of the hook, and whether it has not called back in time.
 */
function runHook(
  hook: RequestHook,
  { request, response, rawResponse }: Exchange,
  timeoutMs: number,
  done: (error: unknown, isLate: boolean) => void,
): void {
  let isDone = false;
  let timer: NodeJS.Timeout | undefined;
  const once = (error?: unknown, isLate = false): void => {
    if (isDone) return;
    isDone = true;
    clearTimeout(timer);
    done(error ?? undefined, isLate);
  };
  const failed = (error: unknown): void => once(error ?? new Error('It failed without an error.'));
  try {
    const result: unknown = hook(request, response, (error) => once(error));
    if (result instanceof Promise) result.catch(failed);
  } catch (error) {
    failed(error);
  }
  if (isDone || rawResponse.writableEnded) return;
  timer = setTimeout(() => {
    if (rawResponse.headersSent) return;
    once(
      new Error(`A request hook or CORS did not call back within ${timeoutMs} ms (callbackTimeoutMs)`),
      true,
    );
  }, timeoutMs);
  rawResponse.once('close', () => clearTimeout(timer));
}
