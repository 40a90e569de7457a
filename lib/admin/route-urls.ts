import type { Server } from 'node:net';
import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { AdapterBridgeHost } from '../http/integration.js';
import { CONTROLLER_SETTINGS } from '../interfaces/tokens.js';
import type { ResolvedController } from '../options/resolved-options.js';
import { basePath } from './own-routes.js';

/** Logs once where the routes of the module are, when the server listens. */
@Injectable()
export class RouteUrls implements OnApplicationBootstrap {
  constructor(
    @Inject(CONTROLLER_SETTINGS) private readonly settings: ResolvedController,
    private readonly adapterHost: HttpAdapterHost,
    private readonly host: AdapterBridgeHost,
  ) {}

  onApplicationBootstrap(): void {
    // Undefined in an application without HTTP.
    const server = this.adapterHost.httpAdapter?.getHttpServer() as Server | undefined;
    const base = server && basePath(this.host.bridge, this.settings);
    if (!server || base === undefined) return;
    if (server.listening) logUrls(server, base);
    else server.once('listening', () => logUrls(server, base));
  }
}

function logUrls(server: Server, base: string): void {
  new Logger('MaintenanceMode').log(
    `Status at ${originOf(server)}${base || '/'}; superusers turn maintenance on and off at ${base}/admin.`,
  );
}

/** Empty if the server does not listen on a port. A proxy in front of it has another address, which is not known. */
function originOf(server: Server): string {
  const address = server.address();
  if (typeof address !== 'object' || address === null) return '';
  const isAnywhere = address.address === '::' || address.address === '0.0.0.0';
  const host = isAnywhere
    ? 'localhost'
    : address.family === 'IPv6'
      ? `[${address.address}]`
      : address.address;
  return `${'setSecureContext' in server ? 'https' : 'http'}://${host}:${address.port}`;
}
