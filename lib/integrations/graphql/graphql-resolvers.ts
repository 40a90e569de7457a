import type { Type } from '@nestjs/common';
import { MetadataScanner, type ModulesContainer } from '@nestjs/core';
import { type NestModule, resolvedField } from '../../internals/nest-metadata.js';
import { type Handler, type RouteRule, routeRuleOf } from '../../policy/route-rules.js';
import { memberOf } from '../../validation/member.js';

/** The rules of the resolvers of a field, as `Type.field`. */
export type ResolverRules = ReadonlyMap<string, readonly RouteRule[]>;

/**
 * Finds the resolvers that Nest puts into a schema, as Nest does, with their maintenance decorators.
 *
 * @param include the modules whose resolvers the schema has, with those that they import; none: all
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
  // Grows while it is walked.
  for (const module of found) for (const imported of module.imports) found.add(imported);
  return [...found];
}
