import type { Type } from '@nestjs/common';
import { MetadataScanner, type ModulesContainer } from '@nestjs/core';
import type { Handler } from '../policy/route-rules.js';

// The keys of @nestjs/microservices, which is not imported: an application without it must boot.
const HANDLER_TYPE = 'microservices:handler_type';
const PATTERN = 'microservices:pattern';
const EXTRAS = 'microservices:pattern_extras';

/** A method that answers messages or events of a pattern, as its decorator says. */
export interface MicroserviceHandler {
  readonly type: Type;
  readonly handler: Handler;
  readonly pattern: unknown;
  /** The decorator makes an object of its own for each method. */
  readonly extras: unknown;
}

/** The message and event handlers of the application, one for each pattern, in the order in which Nest registers them. */
export function microserviceHandlers(modules: ModulesContainer): MicroserviceHandler[] {
  const scanner = new MetadataScanner();
  return [...modules.values()].flatMap(({ controllers }) =>
    [...controllers.values()].flatMap(({ metatype }) => {
      if (typeof metatype !== 'function') return [];
      const prototype = metatype.prototype as Record<string, Handler>;
      return scanner
        .getAllMethodNames(prototype)
        .flatMap((name) => patternsOf(metatype as Type, prototype[name]));
    }),
  );
}

function patternsOf(type: Type, handler: Handler | undefined): MicroserviceHandler[] {
  if (handler === undefined || Reflect.getMetadata(HANDLER_TYPE, handler) === undefined) return [];
  const patterns = Reflect.getMetadata(PATTERN, handler) as readonly unknown[];
  const extras: unknown = Reflect.getMetadata(EXTRAS, handler);
  return patterns.map((pattern) => ({ type, handler, pattern, extras }));
}
