import { channel } from 'node:diagnostics_channel';
import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';

const BLOCKED = channel('nestjs-maintenance-mode:blocked');
const PASSED = channel('nestjs-maintenance-mode:passed');

/** One request or call, as far as counting it needs. */
export interface CountedCall {
  readonly facts: { readonly request: unknown };
  readonly status: MaintenanceStatus;
  /** The name of the exemption that lets it through, if one does. */
  readonly rule: string | undefined;
  /** So that each is counted once, whichever of gate, guard and interceptor acts on it. */
  isCounted: boolean;
}

/**
 * How many requests and calls were blocked, and let through by an exemption, since the application has started. Nothing is
 * counted while maintenance is off. What is counted is published to `diagnostics_channel`, if something subscribes.
 */
export class RequestCounts {
  readonly #blocked = new Map<string, number>();
  readonly #passed: Map<string, number>;

  /** @param rules the names of all exemptions: those that have let nothing through count 0. */
  constructor(rules: readonly string[]) {
    this.#passed = new Map(rules.map((rule) => [rule, 0]));
  }

  /** By context type of Nest: `http`, `graphql`, `ws`, `rpc`. */
  get blocked(): ReadonlyMap<string, number> {
    return this.#blocked;
  }

  /** By the name of the exemption: `bypass`, `ip-addresses`. */
  get passed(): ReadonlyMap<string, number> {
    return this.#passed;
  }

  /** @param request null if there is none, as for messages. */
  block(transport: string, status: MaintenanceStatus, request: unknown): void {
    increment(this.#blocked, transport);
    if (BLOCKED.hasSubscribers) BLOCKED.publish({ transport, status, request });
  }

  /** For a call that several places may refuse. */
  blockOnce(transport: string, call: CountedCall): void {
    if (call.isCounted) return;
    call.isCounted = true;
    this.block(transport, call.status, call.facts.request);
  }

  /** Counts a call that an exemption lets through; others that pass (safe methods in read-only maintenance) are not counted. */
  pass(call: CountedCall): void {
    const { rule, status, facts } = call;
    if (rule === undefined || call.isCounted) return;
    call.isCounted = true;
    increment(this.#passed, rule);
    if (PASSED.hasSubscribers) PASSED.publish({ rule, status, request: facts.request });
  }
}

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
