/**
 * A value that all copies of this package in the process share: its ESM and CommonJS builds, and other versions. The first
 * copy that asks makes it, so what a key stands for never changes its shape.
 */
export function sharedByCopies<T extends object>(key: string, make: () => T): T {
  const symbol = Symbol.for(`nestjs-maintenance-mode:${key}`);
  const process = globalThis as { [symbol]?: T };
  return (process[symbol] ??= make());
}
