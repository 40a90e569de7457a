import { Injectable, type Type } from '@nestjs/common';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import { type Handler, routeRuleOf } from '../policy/route-rules.js';
import type { RouteRule } from '../policy/route-rules.js';
import { memberOf } from '../validation/member.js';

type NestModule = NonNullable<ReturnType<ModulesContainer['get']>>;

/** What the decorators of @nestjs/graphql write, which is not imported here. */
const TYPE = 'graphql:resolver_type';
const NAME = 'graphql:resolver_name';
const IS_PROPERTY = 'graphql:resolve_property';
const ROOTS: readonly unknown[] = ['Query', 'Mutation', 'Subscription'];

/** The rules of the handlers of a field, as `Type.field`. */
export type HandlerRules = ReadonlyMap<string, readonly RouteRule[]>;

/** Finds the resolvers that Nest puts into a schema, as Nest does, with their maintenance decorators. */
@Injectable()
export class GraphqlHandlers {
  readonly #scanner = new MetadataScanner();

  constructor(
    private readonly modules: ModulesContainer,
  ) {}

  /** @param include the modules whose resolvers the schema has, with those that they import; none: all */
  of(include: readonly unknown[]): HandlerRules {
    const found = new Map<string, RouteRule[]>();
    for (const { providers } of this.#included(include)) {
      for (const { instance } of providers.values()) this.#collect(instance, found);
    }
    return found;
  }

  #collect(instance: unknown, found: Map<string, RouteRule[]>): void {
    const type = memberOf(instance, 'constructor');
    if (typeof type !== 'function') return;
    const prototype: unknown = Object.getPrototypeOf(instance);
    if (typeof prototype !== 'object' || prototype === null) return;
    for (const name of this.#scanner.getAllMethodNames(prototype)) {
      const handler = memberOf(prototype, name) as Handler;
      const field = fieldOf(type as Type, handler, name);
      if (field === null) continue;
      found.set(field, [...(found.get(field) ?? []), routeRuleOf(type as Type, handler)]);
    }
  }

  #included(include: readonly unknown[]): readonly NestModule[] {
    const all = [...this.modules.values()];
    if (include.length === 0) return all;
    const included = new Set(all.filter(({ metatype }) => include.includes(metatype)));
    // Grows while it is walked.
    for (const module of included) for (const imported of module.imports) included.add(imported);
    return [...included];
  }
}

function fieldOf(type: Type, handler: Handler, method: string): string | null {
  const parent: unknown = Reflect.getMetadata(TYPE, handler) ?? Reflect.getMetadata(TYPE, type);
  const isProperty = Reflect.getMetadata(IS_PROPERTY, handler) === true;
  if (typeof parent !== 'string' || (!isProperty && !ROOTS.includes(parent))) return null;
  const name: unknown = Reflect.getMetadata(NAME, handler) ?? method;
  return `${parent}.${String(name)}`;
}
