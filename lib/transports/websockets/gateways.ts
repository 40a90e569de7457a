import { Injectable, type Type } from '@nestjs/common';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import { type Handler, routeRuleOf, routeRuleOfClass } from '../../policy/route-rules.js';
import { type RouteRule, UNDECORATED } from '../../policy/route-rules.js';
import { memberOf } from '../../validation/member.js';

/** What the decorators of @nestjs/websockets write, which is not imported here. */
const IS_GATEWAY = 'websockets:is_gateway';
const IS_HANDLER = 'websockets:message_mapping';
const OPTIONS = 'websockets:gateway_options';
const PORT = 'port';

/** Where gateways listen, as their decorator says. */
export interface GatewayAddress {
  /** 0: the port of the application. */
  readonly port: number;
  readonly path: unknown;
  /** Of socket.io: a name with its slash, or a regular expression. */
  readonly namespace: unknown;
}

export interface Gateway extends GatewayAddress {
  readonly type: Type;
  /**
   * Those of its class and of its handlers: a connection is needed for each of them, so it is refused only while all of
   * them are blocked.
   */
  readonly rules: readonly RouteRule[];
}

/** The gateways of the application, as Nest finds them, with what their maintenance decorators say. */
@Injectable()
export class Gateways {
  readonly all: readonly Gateway[];
  readonly #scanner = new MetadataScanner();

  constructor(
    modules: ModulesContainer,
  ) {
    const types = new Set<unknown>();
    for (const { providers } of modules.values()) {
      for (const { metatype, isNotMetatype } of providers.values()) if (!isNotMetatype) types.add(metatype);
    }
    this.all = [...types].filter(isGateway).map((type) => this.#read(type));
  }

  /** The rules of all gateways whose connections are made at a port and path, whatever their namespace. */
  rulesOfServer(port: number, path: unknown): readonly RouteRule[] {
    return rulesOf(this.all.filter((gateway) => gateway.port === port && gateway.path === path));
  }

  /** The rules of the gateways of one namespace; without namespaces, of a port and path. */
  rulesAt({ port, path, namespace }: GatewayAddress): readonly RouteRule[] {
    const at = this.all.filter((gateway) => gateway.port === port && gateway.path === path);
    return rulesOf(at.filter((gateway) => gateway.namespace === asNest(namespace)));
  }

  #read(type: Type): Gateway {
    const options: unknown = Reflect.getMetadata(OPTIONS, type);
    const handlers = this.#scanner
      .getAllMethodNames(type.prototype as object)
      .map((name) => memberOf(type.prototype, name) as Handler)
      .filter((handler) => Reflect.getMetadata(IS_HANDLER, handler) === true);
    const ofHandlers = handlers.map((handler) => routeRuleOf(type, handler));
    return {
      type,
      port: Number(Reflect.getMetadata(PORT, type) ?? 0),
      path: memberOf(options, 'path'),
      namespace: asNest(memberOf(options, 'namespace')),
      rules: [...new Set([routeRuleOfClass(type), ...ofHandlers])],
    };
  }
}

/** Where there is no gateway, somebody else serves the connection, as a part of the application. */
function rulesOf(gateways: readonly Gateway[]): readonly RouteRule[] {
  return gateways.length === 0 ? [UNDECORATED] : [...new Set(gateways.flatMap(({ rules }) => rules))];
}

function isGateway(type: unknown): type is Type {
  return typeof type === 'function' && Reflect.getMetadata(IS_GATEWAY, type) === true;
}

/** A name with its slash; the main namespace, which has no name, is none. */
function asNest(namespace: unknown): unknown {
  if (typeof namespace !== 'string') return namespace;
  if (namespace === '' || namespace === '/') return undefined;
  return namespace.startsWith('/') ? namespace : `/${namespace}`;
}
