import type { ExecutionContext } from '@nestjs/common';
import type { MaintenanceStatus } from '../../interfaces/maintenance-status.js';
import type { RequestFacts } from '../../interfaces/request-facts.js';
import type { Integration } from '../../http/integration.js';
import {
  defaultResolver,
  GraphqlApi,
  type GraphqlInfo,
  type GraphqlResolver,
  isGraphqlInfo,
  rootTypes,
} from '../../internals/graphql.js';
import { graphqlModules } from '../../internals/nest-metadata.js';
import { type RouteRule, UNDECORATED } from '../../policy/route-rules.js';
import { memberOf } from '../../validation/member.js';
import type { IntegrationParts } from '../../http/integration-parts.js';
import { GraphqlFields } from './graphql-fields.js';
import { GraphqlMaintenanceException } from './graphql-maintenance.exception.js';
import { mayWrite, operationFacts } from './graphql-operation.js';
import { resolverRules } from './graphql-resolvers.js';

/** Resolvers of GraphQL. {@link GraphqlFields} decides about most of them, before Nest hears of the call. */
export class GraphqlIntegration implements Integration {
  readonly contextType = 'graphql';
  readonly #apis: readonly GraphqlApi[];
  readonly #fields: GraphqlFields;

  constructor(private readonly parts: IntegrationParts) {
    const { modules, policy, exceptions, host, work } = parts;
    this.#apis = graphqlModules(modules).map((module) => new GraphqlApi(module));
    this.#fields = new GraphqlFields(policy, exceptions, host, work);
  }

  /** The schemas are built, and no client can have connected. */
  onApplicationBootstrap(): void {
    for (const api of this.#apis) this.#guard(api);
  }

  passes(context: ExecutionContext, rule: RouteRule, active: MaintenanceStatus): boolean {
    const { info } = callOf(context);
    if (info === null || rule.kind === 'on') return false;
    if (active.mode === 'read-only' && !mayWrite(info)) return true;
    // Its root field was decided on, as far as that field asks.
    const isInner = rule === UNDECORATED && !isRoot(info) && this.#fields.isGuarded(info.schema);
    return isInner || this.#fields.hasPassed(info, rule);
  }

  facts(context: ExecutionContext): RequestFacts | null {
    const call = callOf(context);
    return call.info === null ? null : operationFacts(this.parts.host, call.context, call.info);
  }

  /** For fields beneath the root ones, and for references, Nest runs interceptors only if it is told to. */
  callKey(context: ExecutionContext): object | null {
    const { info, isReference } = callOf(context);
    return info !== null && !isReference && isRoot(info) ? info : null;
  }

  refusal(status: MaintenanceStatus): Error {
    return new GraphqlMaintenanceException(this.parts.exceptions.forMessage(status));
  }

  /**
   * A POST to an endpoint whose schema is guarded: each field decides by its operation. If the schema is not known (a
   * gateway, an unknown driver), a POST counts as a change, as elsewhere. Only the path as it was configured counts, in no
   * other spelling.
   */
  decidesOn({ method, url }: Pick<RequestFacts, 'method' | 'url'>): boolean {
    if (method !== 'POST') return false;
    const [path] = url.split('?', 1);
    return this.#apis.some(
      (api) => api.path === path && api.executed !== null && this.#fields.isGuarded(api.executed),
    );
  }

  #guard({ options, schemas }: GraphqlApi): void {
    const include = memberOf(options, 'include');
    const rules = resolverRules(this.parts.modules, Array.isArray(include) ? include : []);
    const others = [memberOf(options, 'resolvers')].flat();
    const fallback = memberOf(options, 'fieldResolver');
    for (const schema of schemas) {
      this.#fields.guard(
        schema,
        (type, field) => ({
          rules: rules.get(`${type}.${field}`) ?? [],
          isNests: !others.some((resolvers) => memberOf(memberOf(resolvers, type), field) !== undefined),
        }),
        typeof fallback === 'function' ? (fallback as GraphqlResolver) : defaultResolver,
      );
    }
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
