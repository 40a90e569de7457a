import type { Type } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { gatewayClasses, gatewayHandlers, gatewaySettings } from '../../internals/nest.js';
import { type RouteRule, routeRuleOf, routeRuleOfClass, UNDECORATED } from '../../policy/route-rules.js';
import { memberOf } from '../../validation/values.js';

/** The address of a gateway, from its decorator. */
export interface GatewayAddress {
  /** 0: the port of the application. */
  readonly port: number;
  readonly path: unknown;
  /** For socket.io: a name with its slash, or a regular expression. */
  readonly namespace: unknown;
}

interface Gateway extends GatewayAddress {
  /**
   * The rules of the class and of its handlers. All of them need the connection, so it is refused only while all of them are
   * blocked.
   */
  readonly rules: readonly RouteRule[];
}

/** The gateways of the application with the rules of their maintenance decorators. */
export class Gateways {
  readonly classes: readonly Type[];
  readonly #all: readonly Gateway[];

  constructor(modules: ModulesContainer) {
    this.classes = gatewayClasses(modules);
    this.#all = this.classes.map((type) => read(type));
  }

  /** The rules of all gateways at a port and path, whatever their namespace. */
  rulesOfServer(port: number, path: unknown): readonly RouteRule[] {
    return rulesOf(this.#all.filter((gateway) => gateway.port === port && gateway.path === path));
  }

  /** The rules of the gateways of one namespace; without namespaces, those at a port and path. */
  rulesAt({ port, path, namespace }: GatewayAddress): readonly RouteRule[] {
    const at = this.#all.filter((gateway) => gateway.port === port && gateway.path === path);
    return rulesOf(at.filter((gateway) => gateway.namespace === asNest(namespace)));
  }
}

function read(type: Type): Gateway {
  const { port, options } = gatewaySettings(type);
  const ofHandlers = gatewayHandlers(type).map((handler) => routeRuleOf(type, handler));
  return {
    port,
    path: memberOf(options, 'path'),
    namespace: asNest(memberOf(options, 'namespace')),
    rules: [...new Set([routeRuleOfClass(type), ...ofHandlers])],
  };
}

/** Without a gateway, another listener of the application serves the connection. */
function rulesOf(gateways: readonly Gateway[]): readonly RouteRule[] {
  return gateways.length === 0 ? [UNDECORATED] : [...new Set(gateways.flatMap(({ rules }) => rules))];
}

/** As Nest stores it: a name with its slash; undefined for the main namespace. */
function asNest(namespace: unknown): unknown {
  if (typeof namespace !== 'string') return namespace;
  if (namespace === '' || namespace === '/') return undefined;
  return namespace.startsWith('/') ? namespace : `/${namespace}`;
}
