import { Injectable, type Type } from '@nestjs/common';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import { memberOf } from '../../validation/member.js';
import { type Handler, RouteRules } from '../route-rules.js';
import type { Door } from './door.js';

/** Marks the handlers of all controllers before they go into the adapter's router. */
@Injectable()
export class RouteMarks {
  readonly #scanner = new MetadataScanner();

  constructor(
    private readonly modules: ModulesContainer,
    private readonly rules: RouteRules,
  ) {}

  attach(door: Door): void {
    const providers = [...this.modules.values()].flatMap(({ controllers }) =>
      Array.from(controllers.values()),
    );
    const marks = new Map<Handler, { open: boolean }>();
    for (const controller of providers) {
      for (const handler of this.#handlersOf(controller.instance)) {
        // An inherited handler is the same function in several classes.
        const mark = marks.get(handler) ?? { open: false };
        mark.open ||= this.rules.of(controller.metatype as Type, handler).kind === 'off';
        marks.set(handler, mark);
      }
    }
    for (const [handler, mark] of marks) door.mark(handler, mark);
  }

  #handlersOf(instance: unknown): readonly Handler[] {
    if (typeof instance !== 'object' || instance === null) return [];
    const names = this.#scanner.getAllMethodNames(Reflect.getPrototypeOf(instance));
    return names
      .map((name) => memberOf(instance, name))
      .filter((member): member is Handler => typeof member === 'function');
  }
}
