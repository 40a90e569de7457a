import { type HttpServer, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { MaintenanceStatus } from '../../contracts/maintenance-status.js';
import type { RequestFacts } from '../../contracts/request-facts.js';
import { Policy, type Verdict } from '../../policy/policy.js';
import type { RouteRule } from '../../policy/route-rule.js';
import type { Answer } from '../../response/answer.js';
import { Responder } from '../../response/responder.js';
import { HttpPlatformHost } from '../http-platform-host.js';
import { Integrations } from '../integration.js';
import type { Door } from './door.js';
import { GateResponder } from './gate-responder.js';
import type { Visit } from './visit.js';

/** What the gate judges by: it does not know which handler will run, so it knows no scope. */
export const APPLICATION: RouteRule = { kind: 'scope', scope: undefined };

/** Why a request goes on, to what the router finds for it. */
export type LeftToRoute = 'undecided' | 'reads' | 'open';

/** `missing`: an open handler has asked for a 404. */
export type GateVerdict = Verdict | LeftToRoute | 'missing';

/** Knows what may pass the gate. */
@Injectable()
export class GateJudge {
  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly platformHost: HttpPlatformHost,
    private readonly policy: Policy,
    private readonly answers: Responder,
    private readonly responder: GateResponder,
    private readonly integrations: Integrations,
  ) {}

  verdictOn({ request, facts, held }: Visit): GateVerdict | Promise<GateVerdict> {
    if (this.#mayOnlyRead(held, facts)) return 'reads';
    if (this.#mayBeOpen(request)) return 'open';
    const hasGuards = this.policy.asksForUser && this.#hasHandler(request);
    return this.policy.judgeAtGate(held, facts, hasGuards);
  }

  /** What throws (a proxy setting that is a function) does so again within the framework, where it is reported. */
  surelyBlocks(held: MaintenanceStatus, facts: RequestFacts): boolean {
    try {
      return !this.#mayOnlyRead(held, facts) && this.policy.judgeAtGate(held, facts, false) === held;
    } catch {
      return false;
    }
  }

  /** Whether a request that has another method by now may go on. */
  mayChange(visit: Visit, because: LeftToRoute): boolean {
    if (because === 'reads' && this.#mayOnlyRead(visit.held, visit.facts)) return true;
    if (because === 'open' && this.#mayBeOpen(visit.request)) return true;
    if (because === 'undecided' && this.#hasHandler(visit.request)) return true;
    return this.answerForOthers(visit) === null;
  }

  /** For who answers in the place of the handler; null if it may. */
  answerForOthers({ facts, held: heldBefore }: Visit): Answer | null {
    const held = this.policy.held(APPLICATION);
    if (held === null) return null;
    try {
      const verdict = this.policy.judgeAtGate(held, facts, false);
      // What cannot be said at once is a no: it is about to happen.
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
      (held.mode === 'read-only' && this.integrations.decidesOn(facts))
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
