import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { AdapterBridge } from './adapter-bridge.js';
import { ExpressBridge } from './express.js';
import { FastifyBridge } from './fastify.js';

/** The bridge to the application's adapter, which is known only when the application is created. */
@Injectable()
export class AdapterBridgeHost {
  #bridge: AdapterBridge | undefined;

  constructor(private readonly adapterHost: HttpAdapterHost) {}

  /** @throws for an adapter that is neither Express's nor Fastify's. */
  get bridge(): AdapterBridge {
    return (this.#bridge ??= this.#create());
  }

  /** Adds a header value to those of the same name. */
  appendHeader(response: unknown, name: string, value: string): void {
    this.adapterHost.httpAdapter.appendHeader(response, name, value);
  }

  #create(): AdapterBridge {
    const { httpAdapter } = this.adapterHost;
    const type = httpAdapter.getType();
    if (type === 'express') return new ExpressBridge(httpAdapter);
    if (type === 'fastify') return new FastifyBridge(httpAdapter);
    throw new Error(`Maintenance mode supports the Express and Fastify adapters, but not "${type}".`);
  }
}
