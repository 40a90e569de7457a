import type { LoggerService } from '@nestjs/common';

/** A logger that keeps what it is told; `lines` are those of this package that tell of something wrong. */
export class KeptLogs implements LoggerService {
  readonly lines: string[] = [];

  log(): void {}

  warn(message: unknown, ...rest: unknown[]): void {
    this.#keep(message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.#keep(message, rest);
  }

  #keep(message: unknown, rest: readonly unknown[]): void {
    if (rest.includes('MaintenanceMode')) this.lines.push(String(message));
  }
}
