import type { Type } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { gatewayClasses, gatewayHandlers, gatewaySettings } from '../../internals/nest.js';
import { type RouteRule, routeRuleOf, routeRuleOfClass, UNDECORATED } from '../../policy/route-rules.js';
import { memberOf } from '../../validation/values.js';

/** The address that gateways listen at, as their decorator says. */
export interface GatewayAddress {
  /** 0: the port of the application. */
  readonly port: number;
  readonly path: unknown;
  /** Of socket.io: a name with its slash, or a regular expression. */
  readonly namespace: unknown;
}

interface Gateway extends GatewayAddress {
  /**
   * Those of its class and of its handlers: a connection is needed for each of them, so it is refused only while all of
   * them are blocked.
   */
  readonly rules: readonly RouteRule[];
}

/** The gateways of the application, with what their maintenance decorators say. */
export class Gateways {
  readonly classes: readonly Type[];
  readonly #all: readonly Gateway[];

  constructor(modules: ModulesContainer) {
    this.classes = gatewayClasses(modules);
    this.#all = this.classes.map((type) => read(type));
  }

  /** The rules of all gateways whose connections are made at a port and path, whatever their namespace. */
  rulesOfServer(port: number, path: unknown): readonly RouteRule[] {
    return rulesOf(this.#all.filter((gateway) => gateway.port === port && gateway.path === path));
  }

  /** The rules of the gateways of one namespace; without namespaces, of a port and path. */
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

/** If there is no gateway, another listener serves the connection, as a part of the application. */
function rulesOf(gateways: readonly Gateway[]): readonly RouteRule[] {
  return gateways.length === 0 ? [UNDECORATED] : [...new Set(gateways.flatMap(({ rules }) => rules))];
}

/** A name with its slash; the main namespace, which has no name, is none. */
function asNest(namespace: unknown): unknown {
  if (typeof namespace !== 'string') return namespace;
  if (namespace === '' || namespace === '/') return undefined;
  return namespace.startsWith('/') ? namespace : `/${namespace}`;
}
