import { type HttpServer, Logger } from '@nestjs/common';
import { requestHookOf } from '../internals/nest.js';
import { Admission, type Policy } from '../policy/policy.js';
import { UNDECORATED } from '../policy/route-rules.js';
import type { Answer } from '../response/problem.js';
import {
  closeIfUnread,
  ResponseSeal,
  silence,
  whenParsed,
  writeAnswer,
  writePlain,
} from '../response/raw-response.js';
import { OncePerActivation } from '../state/state-log.js';
import type { Responder } from '../response/responder.js';
import { errorText } from '../validation/values.js';
import type { AdapterBridge, Exchange, RequestHook } from './adapter-bridge.js';

/** Answers blocked requests at the gate. If that fails, the response is a plain 503, and the error is logged once. */
export class GateResponder {
  readonly #logger = new Logger('MaintenanceMode');
  /** Clients can cause the same failure at will. */
  readonly #reported: OncePerActivation;

  constructor(
    private readonly adapter: HttpServer,
    private readonly bridge: AdapterBridge,
    private readonly policy: Policy,
    private readonly answers: Responder,
    private readonly callbackTimeoutMs: number,
  ) {
    this.#reported = new OncePerActivation(policy.state);
  }

  /** Answers a blocked request. */
  block(exchange: Exchange, admission: Admission): void {
    const { request, rawResponse } = exchange;
    const { facts, status, seal } = admission;
    try {
      const answer = this.answers.answer(facts, status);
      const hook = seal ? undefined : requestHookOf(this.adapter);
      if (!hook) {
        this.#reply(exchange, admission, answer);
        return;
      }
      // The hook must not serve the request.
      this.policy.admissions.set(request, admission);
      const answerOnce = (): Answer => {
        this.policy.counts.block('http', status, facts.request, admission);
        return answer;
      };
      admission.seal = new ResponseSeal(rawResponse, answerOnce, (error) => this.report(error));
      this.#run(hook, exchange, admission, () => this.#reply(exchange, admission, answer));
    } catch (error) {
      this.fail(exchange, admission, error);
    }
  }

  /** Blocks a request for which deciding or answering has failed. */
  fail(exchange: Exchange, admission: Admission, error: unknown): void {
    const { rawResponse } = exchange;
    const { status } = admission;
    this.report(error);
    try {
      this.#write(exchange, admission, this.answers.answer(null, status));
    } catch {
      writePlain(rawResponse);
    }
    // The response has begun and cannot be completed.
    if (!rawResponse.writableEnded) rawResponse.destroy();
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
      this.policy.counts.block('http', status, facts.request, admission);
      return this.answers.answer(facts, active);
    } catch (error) {
      this.policy.counts.block('http', status, facts.request, admission);
      this.report(error);
      return this.answers.answer(null, active);
    }
  }

  report(error: unknown): void {
    if (!this.#reported.isFirst('failure')) return;
    try {
      this.#logger.error(
        `A request could not be decided on or answered as usual, and is blocked. Others like it are not logged: ${errorText(error)}`,
      );
    } catch {
      // An error of the application's logger must not prevent a response.
    }
  }

  /** Runs the application's CORS layer first, so that pages of allowed origins can read the response. */
  #reply(exchange: Exchange, admission: Admission, answer: Answer): void {
    let cors: RequestHook | undefined;
    try {
      cors = this.bridge.cors(exchange.request);
    } catch (error) {
      // The path is malformed.
      this.report(error);
    }
    if (cors) this.#run(cors, exchange, admission, () => this.#writeWhenParsed(exchange, admission, answer));
    else this.#writeWhenParsed(exchange, admission, answer);
  }

  #writeWhenParsed(exchange: Exchange, admission: Admission, answer: Answer): void {
    const { rawRequest, rawResponse } = exchange;
    whenParsed(rawRequest, () => {
      try {
        closeIfUnread(rawRequest, rawResponse);
        this.#write(exchange, admission, answer);
      } catch (error) {
        this.fail(exchange, admission, error);
      }
    });
  }

  /** Past the framework, and if the response is sealed, past everything that wraps it. */
  #write({ response }: Exchange, admission: Admission, answer: Answer): void {
    const { facts, status, seal } = admission;
    this.policy.counts.block('http', status, facts.request, admission);
    const taken = this.bridge.takeOver(response);
    if (seal) seal.replace(answer);
    else writeAnswer(taken, answer);
  }

  #run(hook: RequestHook, exchange: Exchange, admission: Admission, done: () => void): void {
    runHook(hook, exchange, this.callbackTimeoutMs, (error, isLate) => {
      if (error !== undefined) this.report(error);
      try {
        done();
      } catch (failure) {
        this.fail(exchange, admission, failure);
      }
      // It may still set headers, after they have been sent: that happens when the body is parsed.
      if (isLate) whenParsed(exchange.rawRequest, () => silence(exchange.rawResponse));
    });
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
