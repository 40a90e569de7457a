import type { Type } from '@nestjs/common';
import { MetadataScanner, type ModulesContainer } from '@nestjs/core';
import type { MaintenanceMode } from '../interfaces/maintenance-status.js';
import { isRouteHandler, type RouteTag, tagHandler } from '../internals/nest.js';
import { type Handler, type RouteRule, routeRuleOf } from '../policy/route-rules.js';
import { memberOf } from '../validation/values.js';
import { PathPrefixes } from '../validation/url-paths.js';

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

/** The tag of routes whose handler is not known. */
export const UNKNOWN_HANDLER: RouteTag = { mayBeOff: true, mayBeSafe: true, isUnsafe: false };

/** Whether the guard may admit a request to a handler with this tag, whatever the exemptions. */
export function mayBeExempt({ mayBeOff, mayBeSafe }: RouteTag, mode: MaintenanceMode): boolean {
  return mayBeOff || (mode === 'read-only' && mayBeSafe);
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

/** A segment that every router matches literally. */
const LITERAL = /^[\w\-.~]+$/;
/** A path that every router reads alike: nothing is decoded, removed or merged. */
const PLAIN = /^\/(?:[\w\-.~!$&'()*+,=:@]+\/)*[\w\-.~!$&'()*+,=:@]*$/;

/**
 * Finds out without a router that a URL matches no exempt route. It may take a URL for exempt that is not, but never the other
 * way round: patterns are cut at the first segment that is not literal, and a URL that is not plain may match any route.
 */
export class ExemptPaths {
  /** In lower case; null if any path may be exempt. */
  readonly #prefixes: PathPrefixes | null;

  /** @param patterns of the exempt routes, as they were registered. */
  constructor(patterns: readonly unknown[]) {
    const prefixes = patterns.map(literalPrefix);
    this.#prefixes = prefixes.every((prefix) => prefix !== null) ? new PathPrefixes(prefixes) : null;
  }

  mayHave(url: string): boolean {
    if (this.#prefixes === null) return true;
    const query = url.indexOf('?');
    const path = query === -1 ? url : url.slice(0, query);
    return !PLAIN.test(path) || this.#prefixes.cover(path.toLowerCase());
  }
}

/** The literal beginning of a pattern; null if there is none. */
function literalPrefix(pattern: unknown): string | null {
  if (typeof pattern !== 'string' || !pattern.startsWith('/')) return null;
  // In `/items{/:id}` a segment ends where the optional part begins.
  const segments = pattern.toLowerCase().replaceAll('{/', '/{').split('/').filter(Boolean);
  const end = segments.findIndex((segment) => !LITERAL.test(segment));
  if (end === 0) return null;
  return `/${(end === -1 ? segments : segments.slice(0, end)).join('/')}`;
}
