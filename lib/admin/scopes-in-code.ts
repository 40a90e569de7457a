import type { Type } from '@nestjs/common';
import { MetadataScanner, type ModulesContainer } from '@nestjs/core';
import { routeRuleOf } from '../policy/route-rules.js';
import { memberOf } from '../validation/values.js';

/** The names in `@MaintenanceScope()` of all controllers and providers. */
export function scopesInCode(modules: ModulesContainer): ReadonlySet<string> {
  const scanner = new MetadataScanner();
  const types = new Set<unknown>();
  for (const { controllers, providers } of modules.values()) {
    for (const { metatype } of [...controllers.values(), ...providers.values()]) types.add(metatype);
  }
  const scopes = new Set<string>();
  for (const type of types) {
    const prototype: unknown = memberOfFunction(type, 'prototype');
    if (typeof prototype !== 'object' || prototype === null) continue;
    for (const name of scanner.getAllMethodNames(prototype)) {
      const method = memberOf(prototype, name);
      if (typeof method !== 'function') continue;
      const rule = routeRuleOf(type as Type, method);
      if (rule.kind === 'scope' && rule.scope !== undefined) scopes.add(rule.scope);
    }
  }
  return scopes;
}

function memberOfFunction(target: unknown, name: string): unknown {
  return typeof target === 'function' ? Reflect.get(target, name) : undefined;
}
