import type { ExecutionContext, Type } from '@nestjs/common';
import type { MaintenanceStatus } from '../../interfaces/maintenance-status.js';
import type { RequestFacts } from '../../interfaces/request-facts.js';
import type { Integration, IntegrationParts } from '../../http/integration.js';
import {
  defaultResolver,
  GraphqlApi,
  type GraphqlInfo,
  type GraphqlResolver,
  isGraphqlInfo,
  rootTypes,
} from '../../internals/graphql.js';
import { graphqlModules, type NestModule, resolvedField } from '../../internals/nest.js';
import { type Handler, type RouteRule, routeRuleOf, UNDECORATED } from '../../policy/route-rules.js';
import { memberOf } from '../../validation/values.js';
import {
  GraphqlFields,
  GraphqlMaintenanceException,
  markOperation,
  mayWrite,
  operationFacts,
} from './graphql-fields.js';
import { MetadataScanner, type ModulesContainer } from '@nestjs/core';

/** Resolvers of GraphQL. {@link GraphqlFields} decides about most of them, before Nest is called. */
export class GraphqlIntegration implements Integration {
  readonly contextType = 'graphql';
  readonly #apis: readonly GraphqlApi[];
  readonly #fields: GraphqlFields;

  constructor(private readonly parts: IntegrationParts) {
    const { modules, policy, responder, host, work } = parts;
    this.#apis = graphqlModules(modules).map((module) => new GraphqlApi(module));
    this.#fields = new GraphqlFields(policy, responder, host, work);
  }

  /** By now the schemas are built, and no client can have connected yet. */
  onApplicationBootstrap(): void {
    for (const api of this.#apis) this.#guard(api);
  }

  passes(context: ExecutionContext, rule: RouteRule, active: MaintenanceStatus): boolean {
    const { info } = callOf(context);
    if (info === null || rule.kind === 'on') return false;
    if (active.mode === 'read-only' && !mayWrite(info) && rule.safe !== false) return true;
    // It was decided on with its root field.
    const isInner = rule === UNDECORATED && !isRoot(info) && this.#fields.isGuarded(info.schema);
    return isInner || this.#fields.hasPassed(info, rule);
  }

  facts(context: ExecutionContext): RequestFacts | null {
    const call = callOf(context);
    return call.info === null ? null : operationFacts(this.parts.host, call.context, call.info);
  }

  /** Nest runs interceptors for root fields; for inner fields and references only with `fieldResolverEnhancers`. */
  callKey(context: ExecutionContext): object | null {
    const { info, isReference } = callOf(context);
    return info !== null && !isReference && isRoot(info) ? info : null;
  }

  onExempted(context: ExecutionContext): void {
    markOperation(callOf(context).context);
  }

  refusal(status: MaintenanceStatus): Error {
    return new GraphqlMaintenanceException(this.parts.responder.exception(null, status));
  }

  /**
   * True for a POST to an endpoint whose schema is guarded: there each field decides by its operation. If the schema is not
   * known (a federation gateway, an unknown driver), a POST counts as a change. Only the path as it was configured counts, in
   * no other spelling.
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

/** The rules of the resolvers of a field, as `Type.field`. */
export type ResolverRules = ReadonlyMap<string, readonly RouteRule[]>;

/**
 * Finds the resolvers that Nest adds to a schema, in the same way as Nest, with their maintenance decorators.
 *
 * @param include the modules whose resolvers the schema has, with the modules that they import; empty: all
 */
export function resolverRules(modules: ModulesContainer, include: readonly unknown[]): ResolverRules {
  const found = new Map<string, RouteRule[]>();
  for (const { providers } of included(modules, include)) {
    for (const { instance } of providers.values()) {
      for (const [field, rule] of fieldsOf(instance)) {
        found.set(field, [...(found.get(field) ?? []), rule]);
      }
    }
  }
  return found;
}

function* fieldsOf(instance: unknown): Iterable<[field: string, rule: RouteRule]> {
  const type = memberOf(instance, 'constructor');
  if (typeof type !== 'function') return;
  const prototype: unknown = Object.getPrototypeOf(instance);
  if (typeof prototype !== 'object' || prototype === null) return;
  for (const name of new MetadataScanner().getAllMethodNames(prototype)) {
    const handler = memberOf(prototype, name) as Handler;
    const field = resolvedField(type as Type, handler, name);
    if (field !== null) yield [field, routeRuleOf(type as Type, handler)];
  }
}

function included(modules: ModulesContainer, include: readonly unknown[]): readonly NestModule[] {
  const all = [...modules.values()];
  if (include.length === 0) return all;
  const found = new Set(all.filter(({ metatype }) => include.includes(metatype)));
  // The set grows during the loop.
  for (const module of found) for (const imported of module.imports) found.add(imported);
  return [...found];
}
