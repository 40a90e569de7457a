import { Logger, type Type } from '@nestjs/common';
import { MetadataScanner, type ModulesContainer } from '@nestjs/core';
import { filter, map, take } from 'rxjs';
import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';
import { isRouteHandler, type RouteTag, tagHandler } from '../internals/nest.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import { type Handler, type RouteRule, routeRuleOf } from '../policy/route-rules.js';
import type { CurrentState } from '../state/current-state.js';
import { memberOf } from '../validation/values.js';

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

/**
 * Warns once, when the whole application is in maintenance and nothing lets health checks through: an orchestrator would
 * restart what is being maintained.
 *
 * @param isAnyExempt whether the application has a route of its own that is `@MaintenanceOff()`.
 */
export function warnAboutProbes(
  state: Pick<CurrentState, 'status' | 'events'>,
  ignore: ResolvedOptions['ignore'],
  isAnyExempt: boolean,
): void {
  if (isAnyExempt || mayLetProbesThrough(ignore)) return;
  if (blocksProbes(state.status())) {
    warnOfProbes();
    return;
  }
  const begins = state.events.pipe(
    map(({ after }) => after),
    filter(blocksProbes),
    take(1),
  );
  begins.subscribe(warnOfProbes);
}

function warnOfProbes(): void {
  new Logger('MaintenanceMode').warn(
    'Health checks of this application get a 503 during maintenance: no route is @MaintenanceOff(), and ignore.urls is empty. ' +
      'Kubernetes or a load balancer may restart the application or take it out of service. See docs/kubernetes.md.',
  );
}

/** By their path, or by a rule that may be meant for them: probes come from certain addresses, and have no user. */
function mayLetProbesThrough({
  urls = [],
  ipAddresses,
  when,
  anonymousUsers,
}: ResolvedOptions['ignore']): boolean {
  return urls.length > 0 || ipAddresses.length > 0 || when !== undefined || anonymousUsers === true;
}

/** Read-only maintenance lets them through: they are GET requests. */
function blocksProbes({ state, mode, scope }: MaintenanceStatus): boolean {
  return scope === null && state === 'active' && mode === 'full';
}
