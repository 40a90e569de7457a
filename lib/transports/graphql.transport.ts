import { type ExecutionContext, Injectable } from '@nestjs/common';
import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';
import type { RequestFacts } from '../interfaces/request-facts.js';
import { type RouteRule, UNDECORATED } from '../policy/route-rules.js';
import type { MaintenanceException } from '../response/maintenance.exception.js';
import { GraphqlFields } from './graphql-fields.js';
import { GraphqlRefusal } from './graphql-refusal.js';
import { GraphqlRequests } from './graphql-requests.js';
import { type GraphqlInfo, isGraphqlInfo, rootTypes } from './graphql-schema.js';
import { mayWrite } from './graphql-writes.js';
import type { Transport } from './transport.js';

/** Resolvers of GraphQL. Most are decided on by {@link GraphqlFields}, before Nest hears of them. */
@Injectable()
export class GraphqlTransport implements Transport {
  readonly type = 'graphql';

  constructor(
    private readonly fields: GraphqlFields,
    private readonly requests: GraphqlRequests,
  ) {}

  passes(context: ExecutionContext, rule: RouteRule, held: MaintenanceStatus): boolean {
    const { info } = callOf(context);
    if (info === null || rule.kind === 'on') return false;
    if (held.mode === 'read-only' && !mayWrite(info)) return true;
    // Asked of its root field, as far as that field asks.
    const isInner = rule === UNDECORATED && !isRoot(info) && this.fields.isGuarded(info.schema);
    return isInner || this.fields.hasPassed(info, rule);
  }

  facts(context: ExecutionContext): RequestFacts | null {
    const call = callOf(context);
    return call.info === null ? null : this.requests.facts(call.context, call.info);
  }

  /** Of fields beneath the root ones, and of references, Nest runs interceptors only where it is told to. */
  undecidedKey(context: ExecutionContext): object | null {
    const { info, isReference } = callOf(context);
    return info !== null && !isReference && isRoot(info) ? info : null;
  }

  refusal(exception: MaintenanceException): GraphqlRefusal {
    return new GraphqlRefusal(exception);
  }
}

interface GraphqlCall {
  readonly context: unknown;
  readonly info: GraphqlInfo | null;
  readonly isReference: boolean;
}

/** Reference resolvers of a federation have no arguments: source, context and info. */
function callOf(execution: ExecutionContext): GraphqlCall {
  const args = execution.getArgs<unknown[]>();
  const isReference = args.length === 3;
  const [context, info] = isReference ? [args[1], args[2]] : [args[2], args[3]];
  return { context, info: isGraphqlInfo(info) ? info : null, isReference };
}

function isRoot({ schema, parentType }: GraphqlInfo): boolean {
  return rootTypes(schema).includes(parentType);
}
