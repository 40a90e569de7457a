import { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { MaintenanceStatus } from '../../interfaces/maintenance-status.js';
import type { RequestFacts } from '../../interfaces/request-facts.js';
import { AdapterBridgeHost } from '../../http/adapter-bridge-host.js';
import { type Blocking, Policy } from '../../policy/policy.js';
import type { RouteRule } from '../../policy/route-rules.js';

/** Judges the requests that open connections. */
@Injectable()
export class Handshakes {
  constructor(
    private readonly policy: Policy,
    private readonly host: AdapterBridgeHost,
  ) {}

  /** What holds for a connection that serves all of these rules, before it is known who asks for it. */
  held(rules: readonly RouteRule[]): Blocking {
    return rules.some((rule) => this.policy.activeStatus(rule) === null) ? null : this.#first(rules);
  }

  /**
   * The verdict on a connection that serves all of these rules: it is made if one of them lets it. A promise only where an
   * exemption needs one.
   *
   * @param request null where it is not known: nothing is exempt.
   */
  judge(rules: readonly RouteRule[], request: IncomingMessage | null): Blocking | Promise<Blocking> {
    const held = this.held(rules);
    if (held === null) return null;
    // A handshake only reads.
    if (request === null) return held.mode === 'read-only' ? null : held;
    const statuses = rules.filter(({ kind }) => kind !== 'on').map((rule) => this.policy.activeStatus(rule));
    // Mostly it is the application's, for all of them.
    const [first, ...others] = [...new Set(statuses)].filter((status) => status !== null);
    const facts = first === undefined ? null : this.facts(request);
    if (first === undefined || facts === null) return held;
    return others.length === 0
      ? blockedUnless(this.policy.admits(facts, first), first)
      : this.#judgeEach([first, ...others], facts);
  }

  /** What the adapter knows of a request that it has not seen; null where it fails to tell: then nothing is exempt. */
  facts(request: IncomingMessage): RequestFacts | null {
    try {
      return this.host.bridge.upgradeFacts(request);
    } catch {
      return null;
    }
  }

  #first(rules: readonly RouteRule[]): Blocking {
    const [rule] = rules;
    return rule === undefined ? null : this.policy.activeStatus(rule);
  }

  async #judgeEach(statuses: readonly MaintenanceStatus[], facts: RequestFacts): Promise<Blocking> {
    for (const status of statuses) {
      if (await this.policy.admits(facts, status)) return null;
    }
    return statuses[0] ?? null;
  }
}

/** What opened a connection; null for what Node's HTTP server has not made. */
export function asRequest(request: unknown): IncomingMessage | null {
  return request instanceof IncomingMessage ? request : null;
}

function blockedUnless(
  admitted: boolean | Promise<boolean>,
  active: MaintenanceStatus,
): Blocking | Promise<Blocking> {
  if (admitted instanceof Promise) return admitted.then((settled) => (settled ? null : active));
  return admitted ? null : active;
}
