import type { IncomingMessage } from 'node:http';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { MaintenanceStatus } from '../../interfaces/maintenance-status.js';
import { RESOLVED_OPTIONS } from '../../interfaces/tokens.js';
import type { ResolvedOptions } from '../../options/resolved-options.js';
import { Responder } from '../../response/responder.js';
import { HttpPlatformHost } from '../http-platform-host.js';
import type { RequestHook } from './door.js';
import { ResponseMethods } from './response-methods.js';
import { runHook } from './run-hook.js';
import { SealedResponses } from './sealed-responses.js';
import { closeIfUnread, whenParsed } from './unread-body.js';
import type { Visit } from './visit.js';
import { writeAnswer, writePlain } from './write-answer.js';

/** Answers blocked requests at the gate. Whatever fails on the way ends in a 503, and in one line in the log. */
@Injectable()
export class GateResponder {
  readonly #logger = new Logger('MaintenanceMode');
  /** Once for each maintenance, since clients can cause the same failure at will. */
  readonly #reported = new WeakSet<MaintenanceStatus>();

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly platformHost: HttpPlatformHost,
    private readonly responder: Responder,
    private readonly seals: SealedResponses,
    @Inject(RESOLVED_OPTIONS) private readonly options: Pick<ResolvedOptions, 'callbackTimeoutMs'>,
  ) {}

  /** What another library has put into the adapter's own slot for a hook, which this package leaves alone. */
  get otherHook(): RequestHook | undefined {
    return (this.adapterHost.httpAdapter as { onRequestHook?: RequestHook }).onRequestHook;
  }

  /** Answers in front of the framework. */
  blockAtOnce(visit: Visit, raw: IncomingMessage, mayBeRead: boolean): void {
    this.attempt(visit, () => {
      const answer = this.responder.answer(visit.facts, visit.held);
      this.#withCors(visit, () =>
        whenParsed(raw, () =>
          this.attempt(visit, () => {
            closeIfUnread(raw, visit.rawResponse);
            writeAnswer(visit.rawResponse, answer, mayBeRead);
          }),
        ),
      );
    });
  }

  /** Answers within the framework, after the hook of another library, which runs for every request. */
  block(visit: Visit): void {
    this.attempt(visit, () => {
      const { door } = this.platformHost.platform;
      const raw = door.rawRequest(visit.request);
      const answer = this.responder.answer(visit.facts, visit.held);
      const sealed = this.seals.of(visit.rawResponse);
      const write = (): void => {
        closeIfUnread(raw, visit.rawResponse);
        const response = door.takeOver(visit.response);
        if (sealed) sealed.replace(answer);
        else writeAnswer(response, answer);
      };
      const reply = (): void =>
        this.#withCors(visit, () => whenParsed(raw, () => this.attempt(visit, write)));
      const other = sealed ? undefined : this.otherHook;
      if (!other) {
        reply();
        return;
      }
      // It must not serve this request.
      this.seals.seal(
        visit.rawResponse,
        () => answer,
        (error) => this.report(visit.held, error),
      );
      this.#run(visit, other.bind(this.adapterHost.httpAdapter), reply);
    });
  }

  attempt(visit: Visit, step: () => void): void {
    try {
      step();
    } catch (error) {
      this.fail(visit, error);
    }
  }

  /** Blocks a request of which nothing more can be known. */
  fail({ held, response, rawResponse }: Visit, error: unknown): void {
    this.report(held, error);
    try {
      this.platformHost.platform.door.takeOver(response);
      const answer = this.responder.answer(null, held);
      const sealed = this.seals.of(rawResponse);
      if (sealed) sealed.replace(answer);
      else writeAnswer(rawResponse, answer);
    } catch {
      writePlain(rawResponse);
    }
    // What has begun and cannot be completed.
    if (!rawResponse.writableEnded) rawResponse.destroy();
  }

  report(held: MaintenanceStatus, error: unknown): void {
    if (this.#reported.has(held)) return;
    this.#reported.add(held);
    this.#logger.error(
      `A request could not be judged or answered as usual, and is blocked. Others like it are not logged: ${String(error)}`,
    );
  }

  /** Makes the answer readable for pages of other origins that may read it. */
  #withCors(visit: Visit, reply: () => void): void {
    const cors = this.#corsFor(visit);
    if (cors) this.#run(visit, cors, reply);
    else reply();
  }

  /** The router cannot read every path: then there is none. */
  #corsFor({ request, held }: Visit): RequestHook | undefined {
    try {
      return this.platformHost.platform.door.cors(this.adapterHost.httpAdapter, request);
    } catch (error) {
      this.report(held, error);
      return undefined;
    }
  }

  #run(visit: Visit, hook: RequestHook, done: () => void): void {
    const methods = (): ResponseMethods => new ResponseMethods(visit.rawResponse);
    runHook(hook, visit, this.options.callbackTimeoutMs, (error, isLate) => {
      if (error !== undefined) this.report(visit.held, error);
      this.attempt(visit, done);
      // It may call back yet, and would set headers that have been sent.
      if (isLate) methods().silence();
    });
  }
}
