import type { Type } from '@nestjs/common';
import { MetadataScanner, type ModulesContainer } from '@nestjs/core';
import { isRouteHandler, type RouteTag, tagHandler } from '../internals/nest.js';
import { type Handler, routeRuleOf } from '../policy/route-rules.js';
import { memberOf } from '../validation/member.js';

/**
 * Tags the handlers of all controllers before they go into the adapter's router, so that the gate can ask the router
 * whether a request would reach an `@MaintenanceOff` handler.
 *
 * @returns the tags that have to be found in the router when the routes are registered.
 */
export function tagHandlers(modules: ModulesContainer): readonly RouteTag[] {
  const scanner = new MetadataScanner();
  const tags = new Map<Handler, { mayBeExempt: boolean }>();
  const controllers = [...modules.values()].flatMap((module) => Array.from(module.controllers.values()));
  for (const { instance, metatype } of controllers) {
    for (const handler of methodsOf(instance, scanner)) {
      // An inherited handler is the same function in several classes.
      const tag = tags.get(handler) ?? { mayBeExempt: false };
      tag.mayBeExempt ||= routeRuleOf(metatype as Type, handler).kind === 'off';
      tags.set(handler, tag);
    }
  }
  for (const [handler, tag] of tags) tagHandler(handler, tag);
  return [...tags].filter(([handler]) => isRouteHandler(handler)).map(([, tag]) => tag);
}

function methodsOf(instance: unknown, scanner: MetadataScanner): readonly Handler[] {
  if (typeof instance !== 'object' || instance === null) return [];
  return scanner
    .getAllMethodNames(Reflect.getPrototypeOf(instance))
    .map((name) => memberOf(instance, name))
    .filter((member): member is Handler => typeof member === 'function');
}
