import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { RequestFacts } from '../interfaces/request-facts.js';
import { expressPlatform } from './express-platform.js';
import { fastifyPlatform } from './fastify-platform.js';
import type { HttpPlatform } from './http-platform.js';

const PLATFORMS: Readonly<Record<string, HttpPlatform>> = {
  express: expressPlatform,
  fastify: fastifyPlatform,
};

/** The platform of the application, looked up late: an application without HTTP has none. */
@Injectable()
export class HttpPlatformHost {
  #platform: HttpPlatform | undefined;

  constructor(private readonly adapterHost: HttpAdapterHost) {}

  /** @throws for an adapter that is neither Express's nor Fastify's. */
  get platform(): HttpPlatform {
    this.#platform ??= this.#find();
    return this.#platform;
  }

  /** What is known of a request that asks for a WebSocket, and that the adapter has not seen. */
  upgradeFacts(request: IncomingMessage): RequestFacts {
    return this.platform.upgradeFacts(request, this.adapterHost.httpAdapter.getInstance());
  }

  /** Adds a header value to those of the same name. */
  appendHeader(response: unknown, name: string, value: string): void {
    this.adapterHost.httpAdapter.appendHeader(response, name, value);
  }

  /** Whether the application has a view engine by now. */
  hasViews(): boolean {
    return this.platform.hasViews(this.adapterHost.httpAdapter.getInstance());
  }

  #find(): HttpPlatform {
    const type = this.adapterHost.httpAdapter.getType();
    const platform = PLATFORMS[type];
    if (!platform)
      throw new Error(`Maintenance mode knows the Express and Fastify adapters, and this one is "${type}".`);
    return platform;
  }
}
