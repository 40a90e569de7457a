import { createApplication } from './app/create-application.js';
import type { Configuration } from './configurations.js';
import { filtered, mayRunBehind, USER_HEADER } from './journal.js';
import { type FuzzRequest, requestsFor } from './requests.js';
import { type Outcome, send } from './send.js';

export interface Comparison {
  readonly requests: number;
  /** Requests that ran an `@MaintenanceOff` handler and nothing else with maintenance off. */
  readonly open: number;
  /** Requests that Node's parser or the router refused. */
  readonly refused: number;
  /** Requests that a CORS layer answered. */
  readonly preflight: number;
  /** All the others, which something else answered: these must be blocked. */
  readonly closed: number;
  /** What got through, in words. */
  readonly slipped: readonly string[];
  /** What should have reached its `@MaintenanceOff` handler and did not, in words. */
  readonly lost: readonly string[];
}

type Kind = 'open' | 'refused' | 'preflight' | 'closed';

const AT_A_TIME = 8;
/** What Node's parser and the routers answer; 0: the connection is closed, as after CONNECT. */
const REFUSALS = [0, 400, 414, 417, 431];

export interface Sample {
  readonly seed: number;
  readonly count: number;
  /** See `createApplication`. */
  readonly withServeStatic: boolean;
}

/** Sends the same requests to one application with maintenance off, then on. */
export async function compare(
  configuration: Configuration,
  { seed, count, withServeStatic }: Sample,
): Promise<Comparison> {
  const source = requestsFor(configuration, seed);
  const requests = Array.from({ length: count }, () => source.next().value);
  const app = await createApplication(configuration, withServeStatic);
  try {
    const off = await sendAll(app.port, requests);
    await app.enable();
    const on = await sendAll(app.port, requests);
    return summary(requests, off, on);
  } finally {
    await app.close();
  }
}

async function sendAll(port: number, requests: readonly FuzzRequest[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const waiting = requests.entries();
  const work = async (): Promise<void> => {
    for (const [index, request] of waiting) outcomes[index] = await send(port, request);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  return outcomes;
}

function summary(
  requests: readonly FuzzRequest[],
  offs: readonly Outcome[],
  ons: readonly Outcome[],
): Comparison {
  const counts: Record<Kind, number> = { open: 0, refused: 0, preflight: 0, closed: 0 };
  const slipped: string[] = [];
  const lost: string[] = [];
  for (const [index, request] of requests.entries()) {
    const off = offs[index];
    const on = ons[index];
    if (!off || !on) throw new Error(`Request ${index} was not sent.`);
    const kind = kindOf(request, off);
    counts[kind] += 1;
    const words = (): string => describe(index, request, off, on);
    if (kind === 'open' && isBlocked(on)) {
      if (isValid(request)) lost.push(words());
    } else if (!isRight(kind, off, on) && !mayPass(request, off, on)) slipped.push(words());
  }
  return { requests: requests.length, ...counts, slipped, lost };
}

function kindOf({ method }: FuzzRequest, { status, ran }: Outcome): Kind {
  if (ran.length === 1 && ran[0]?.startsWith('off:')) return 'open';
  // A preflight, or what the CORS layer takes for one: nothing of the application has run.
  if (method === 'OPTIONS' && status === 204 && ran.length === 0) return 'preflight';
  return isRefusal(status, ran) ? 'refused' : 'closed';
}

/** The application's catch-all filter may have put the router's refusal into words. */
function isRefusal(status: number, ran: readonly string[]): boolean {
  return REFUSALS.includes(status) && ran.every((what) => what === filtered(status));
}

/** No request has a fragment (RFC 9112 section 3.2): Express itself reads such a path in one way here and another there. */
function isValid({ target }: FuzzRequest): boolean {
  return !target.includes('#');
}

function isBlocked({ status, isMaintenance, ran }: Outcome): boolean {
  return status === 503 && isMaintenance && ran.every(mayRunBehind);
}

function isRight(kind: Kind, off: Outcome, on: Outcome): boolean {
  if (kind === 'open') return on.status === off.status && on.ran.join() === off.ran.join();
  if (kind === 'preflight' && on.status === 204 && on.ran.length === 0) return true;
  return isBlocked(on) || (kind === 'refused' && isRefusal(on.status, on.ran));
}

/** What staff get is decided by what is known of them: the same as ever, or a 503 wherever no guard has run. */
function mayPass({ headers }: FuzzRequest, off: Outcome, on: Outcome): boolean {
  const isStaff = headers.some(([name, value]) => name === USER_HEADER && value === 'staff');
  return isStaff && on.status === off.status && on.ran.join() === off.ran.join();
}

function describe(
  index: number,
  { method, target, headers }: FuzzRequest,
  off: Outcome,
  on: Outcome,
): string {
  const fields = headers.map((field) => field.join(': ')).join(', ');
  const shown = target.length > 200 ? `${target.slice(0, 200)}...` : target;
  return `#${index} ${method} ${JSON.stringify(shown)} (${fields}): off ${inWords(off)}, on ${inWords(on)}`;
}

function inWords({ status, isMaintenance, ran }: Outcome): string {
  return `${status}${isMaintenance ? ' (maintenance)' : ''} [${ran.join(', ')}]`;
}
