import type { ExecutionContext, Type } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import {
  MaintenanceOff,
  MaintenanceOn,
  MaintenanceSafe,
  MaintenanceScope,
} from '../decorators/maintenance.decorators.js';

export type Handler = ReturnType<ExecutionContext['getHandler']>;

/** The maintenance decorators of a handler. */
export interface RouteRule {
  /** Always blocked, never blocked, or blocked with a scope. */
  readonly kind: 'on' | 'off' | 'scope';
  /** Undefined: blocked with the whole application. */
  readonly scope: string | undefined;
  /**
   * Of the kind `scope`: `@MaintenanceSafe()`, which read-only maintenance lets pass, or `@MaintenanceSafe(false)`, which it does
   * not. Undefined: that depends on the request.
   */
  readonly safe: boolean | undefined;
}

/** The rule of every handler without a maintenance decorator: one object, compared by identity. */
export const UNDECORATED: RouteRule = { kind: 'scope', scope: undefined, safe: undefined };

const ON: RouteRule = { ...UNDECORATED, kind: 'on' };
const OFF: RouteRule = { ...UNDECORATED, kind: 'off' };

const reflector = new Reflector();
/** Classes and handlers do not change, so each is read once. Names are not unique: handlers are compared by identity. */
const known = new WeakMap<Type, WeakMap<Handler, RouteRule>>();

/** The rule of a handler. An inherited handler is the same function in several classes, so the class counts too. */
export function routeRuleOf(type: Type, handler: Handler): RouteRule {
  let ofType = known.get(type);
  if (!ofType) known.set(type, (ofType = new WeakMap()));
  let rule = ofType.get(handler);
  if (!rule) ofType.set(handler, (rule = read([handler, type])));
  return rule;
}

/** The rule of a class, which its handlers without a decorator have. */
export function routeRuleOfClass(type: Type): RouteRule {
  return read([type]);
}

/** @param targets the first one that has a decorator overrides the others. */
function read(targets: [Type] | [Handler, Type]): RouteRule {
  const rule = targets.map(blockingRule).find((found) => found !== undefined) ?? UNDECORATED;
  const safe = reflector.getAllAndOverride(MaintenanceSafe, targets);
  return rule.kind === 'scope' && safe !== undefined ? { ...rule, safe } : rule;
}

/** If a target has several of the decorators, the one that blocks most counts. */
function blockingRule(target: Handler | Type): RouteRule | undefined {
  if (reflector.get(MaintenanceOn, target)) return ON;
  if (reflector.get(MaintenanceOff, target)) return OFF;
  const scope = reflector.get(MaintenanceScope, target);
  return scope === undefined ? undefined : { kind: 'scope', scope, safe: undefined };
}
