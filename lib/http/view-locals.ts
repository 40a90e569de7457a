import { Injectable } from '@nestjs/common';
import { CurrentState } from '../state/current-state.js';
import { HttpPlatformHost } from './http-platform-host.js';

/** Tells the views of the application whether maintenance is on: `maintenance`, in `res.locals` or `reply.locals`. */
@Injectable()
export class ViewLocals {
  #hasViews: boolean | undefined;

  constructor(
    private readonly state: CurrentState,
    private readonly platformHost: HttpPlatformHost,
  ) {}

  /** Costs nothing where there is no view engine. */
  expose(response: unknown): void {
    this.#hasViews ??= this.platformHost.hasViews();
    if (this.#hasViews) this.platformHost.platform.setLocal(response, 'maintenance', this.state.isActive());
  }
}
