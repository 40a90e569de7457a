import type { LoggerService } from '@nestjs/common';

/** Few applications of tests have a health check, and few tests are about that. */
const ABOUT_PROBES = /^Health checks of this application get a 503 /;

/** A logger that keeps what it is told; `lines` are those of this package that tell of something wrong. */
export class KeptLogs implements LoggerService {
  readonly lines: string[] = [];
  /** The warnings that nothing lets health checks through, which are not among `lines`. */
  readonly probeWarnings: string[] = [];

  log(): void {}

  warn(message: unknown, ...rest: unknown[]): void {
    this.#keep(message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.#keep(message, rest);
  }

  #keep(message: unknown, rest: readonly unknown[]): void {
    if (!rest.includes('MaintenanceMode')) return;
    const line = String(message);
    (ABOUT_PROBES.test(line) ? this.probeWarnings : this.lines).push(line);
  }
}
