import { type ExecutionContext, Injectable, type Type } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { MaintenanceOff } from '../decorators/maintenance-off.decorator.js';
import { MaintenanceOn } from '../decorators/maintenance-on.decorator.js';
import { MaintenanceScope } from '../decorators/maintenance-scope.decorator.js';
import { type RouteRule, UNDECORATED } from '../policy/route-rule.js';

export type Handler = ReturnType<ExecutionContext['getHandler']>;

const ON: RouteRule = { kind: 'on' };
const OFF: RouteRule = { kind: 'off' };

/**
 * Reads the maintenance decorators of handlers, each once. Handlers are told apart by identity and class: names are not
 * unique, and an inherited handler is the same function in several classes.
 */
@Injectable()
export class RouteRules {
  readonly #known = new WeakMap<Type, WeakMap<Handler, RouteRule>>();

  constructor(private readonly reflector: Reflector) {}

  of(type: Type, handler: Handler): RouteRule {
    let ofType = this.#known.get(type);
    if (!ofType) this.#known.set(type, (ofType = new WeakMap()));
    let rule = ofType.get(handler);
    if (!rule) ofType.set(handler, (rule = this.#read(handler) ?? this.#read(type) ?? UNDECORATED));
    return rule;
  }

  /** What a class says, for those of its handlers that say nothing, and for what is no handler. */
  ofClass(type: Type): RouteRule {
    return this.#read(type) ?? UNDECORATED;
  }

  /** What blocks stands above what lets pass, where somebody has written both. */
  #read(target: Handler | Type): RouteRule | undefined {
    if (this.reflector.get(MaintenanceOn, target)) return ON;
    if (this.reflector.get(MaintenanceOff, target)) return OFF;
    const scope = this.reflector.get(MaintenanceScope, target);
    return scope === undefined ? undefined : { kind: 'scope', scope };
  }
}
