import type { ExecutionContext, Type } from '@nestjs/common';
import { MetadataScanner, type ModulesContainer, Reflector } from '@nestjs/core';
import {
  MaintenanceOff,
  MaintenanceOn,
  MaintenanceSafe,
  MaintenanceScope,
} from '../decorators/maintenance.decorators.js';
import { isRouteHandler, type RouteTag, tagHandler } from '../internals/nest.js';
import { memberOf } from '../validation/values.js';

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

/** Of a class and those that it extends, the first one with a decorator decides. */
function blockingRule(target: Handler | Type): RouteRule | undefined {
  for (let owner: object | null = target; owner !== null; owner = Reflect.getPrototypeOf(owner)) {
    if (Reflect.getOwnMetadata(MaintenanceOn.KEY, owner)) return ON;
    if (Reflect.getOwnMetadata(MaintenanceOff.KEY, owner)) return OFF;
    const scope = Reflect.getOwnMetadata(MaintenanceScope.KEY, owner) as string | undefined;
    if (scope !== undefined) return { kind: 'scope', scope, safe: undefined };
  }
  return undefined;
}

/**
 * Tags the handlers of all controllers before Nest registers them, so that the gate can find out from the adapter's router
 * whether a request would reach an `@MaintenanceOff` or `@MaintenanceSafe` handler.
 *
 * @returns the tags that must be in the router once the routes are registered.
 */
export function tagHandlers(modules: ModulesContainer): readonly RouteTag[] {
  const scanner = new MetadataScanner();
  const rules = new Map<Handler, RouteRule[]>();
  const controllers = [...modules.values()].flatMap((module) => Array.from(module.controllers.values()));
  for (const { instance, metatype } of controllers) {
    for (const handler of methodsOf(instance, scanner)) {
      // An inherited handler is the same function in several classes.
      rules.set(handler, [...(rules.get(handler) ?? []), routeRuleOf(metatype as Type, handler)]);
    }
  }
  const tags = [...rules].map(([handler, ofClasses]) => [handler, routeTag(ofClasses)] as const);
  for (const [handler, tag] of tags) tagHandler(handler, tag);
  return tags.filter(([handler]) => isRouteHandler(handler)).map(([, tag]) => tag);
}

/** @param rules of one handler in all the classes that have it */
function routeTag(rules: readonly RouteRule[]): RouteTag {
  return {
    mayBeOff: rules.some(({ kind }) => kind === 'off'),
    mayBeSafe: rules.some((rule) => rule.safe === true),
    isUnsafe: rules.every((rule) => rule.safe === false),
  };
}

/** Whether a controller has a route that maintenance never blocks. */
export function hasExemptRoute({ instance, metatype }: Controller): boolean {
  return methodsOf(instance, new MetadataScanner()).some(
    (handler) => isRouteHandler(handler) && routeRuleOf(metatype as Type, handler).kind === 'off',
  );
}

/** A controller as Nest's container holds it. */
export interface Controller {
  readonly instance: unknown;
  readonly metatype: unknown;
}

function methodsOf(instance: unknown, scanner: MetadataScanner): readonly Handler[] {
  if (typeof instance !== 'object' || instance === null) return [];
  return scanner
    .getAllMethodNames(Reflect.getPrototypeOf(instance))
    .map((name) => memberOf(instance, name))
    .filter((member): member is Handler => typeof member === 'function');
}
