import { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { MaintenanceStatus } from '../../interfaces/maintenance-status.js';
import type { RequestFacts } from '../../interfaces/request-facts.js';
import { HttpPlatformHost } from '../../http/http-platform-host.js';
import { Policy, type Verdict } from '../../policy/policy.js';
import type { RouteRule } from '../../policy/route-rule.js';

/** Judges the requests that open connections. */
@Injectable()
export class Handshakes {
  constructor(
    private readonly policy: Policy,
    private readonly platformHost: HttpPlatformHost,
  ) {}

  /** What holds for a connection that serves all of these rules, before it is known who asks for it. */
  held(rules: readonly RouteRule[]): Verdict {
    return rules.some((rule) => this.policy.held(rule) === null) ? null : this.#first(rules);
  }

  /**
   * The verdict on a connection that serves all of these rules: it is made if one of them lets it. A promise only where an
   * exemption needs one.
   *
   * @param request null where it is not known: nothing is exempt.
   */
  judge(rules: readonly RouteRule[], request: IncomingMessage | null): Verdict | Promise<Verdict> {
    const held = this.held(rules);
    if (held === null) return null;
    // A handshake only reads.
    if (request === null) return held.mode === 'read-only' ? null : held;
    const statuses = rules.filter(({ kind }) => kind !== 'on').map((rule) => this.policy.held(rule));
    // Mostly it is the application's, for all of them.
    const [first, ...others] = [...new Set(statuses)].filter((status) => status !== null);
    const facts = first === undefined ? null : this.facts(request);
    if (first === undefined || facts === null) return held;
    return others.length === 0
      ? this.policy.judgeAtOnce(first, facts)
      : this.#judgeEach([first, ...others], facts);
  }

  /** What the adapter knows of a request that it has not seen; null where it fails to tell: then nothing is exempt. */
  facts(request: IncomingMessage): RequestFacts | null {
    try {
      return this.platformHost.upgradeFacts(request);
    } catch {
      return null;
    }
  }

  #first(rules: readonly RouteRule[]): Verdict {
    const [rule] = rules;
    return rule === undefined ? null : this.policy.held(rule);
  }

  async #judgeEach(statuses: readonly MaintenanceStatus[], facts: RequestFacts): Promise<Verdict> {
    for (const status of statuses) {
      if ((await this.policy.judgeAtOnce(status, facts)) === null) return null;
    }
    return statuses[0] ?? null;
  }
}

/** What opened a connection; null for what Node's HTTP server has not made. */
export function asRequest(request: unknown): IncomingMessage | null {
  return request instanceof IncomingMessage ? request : null;
}
