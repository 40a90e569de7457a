import type { IncomingMessage, ServerResponse } from 'node:http';
import { MaintenanceService } from '../../lib/index.js';
import type { CreateApp } from '../support/platforms.js';
import { adminUser, type Credentials, isAdmin, loginAnswer } from './admin.js';
import { ShopController } from './shop.js';

/** A request to a toggle route that has been answered. */
export interface ToggleRequest {
  readonly method: string;
  readonly url: string;
  readonly isAdmin: boolean;
  readonly status: number;
}

export interface SecuredShop {
  readonly port: number;
  readonly maintenance: MaintenanceService;
  readonly toggleRequests: readonly ToggleRequest[];
}

/** A shop whose admin logs in at `/login`; `headers` are set by the application for all that it answers. */
export async function createSecuredShop(
  createApp: CreateApp,
  credentials: Credentials,
  headers: Readonly<Record<string, string>> = {},
): Promise<SecuredShop> {
  const toggleRequests: ToggleRequest[] = [];
  const { app, port, get } = await createApp({
    controllers: [ShopController],
    options: { user: adminUser },
    configure: (application) => {
      application.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
        for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
        if (request.url !== '/login') return next();
        const answer = loginAnswer(credentials, request);
        response.writeHead(answer.status, answer.headers).end('Logged in.');
      });
    },
  });
  app.getHttpServer().on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { method = '', url = '' } = request;
    if (!url.startsWith('/maintenance-mode/')) return;
    response.once('close', () =>
      toggleRequests.push({ method, url, isAdmin: isAdmin(request), status: response.statusCode }),
    );
  });
  return { port, maintenance: get(MaintenanceService), toggleRequests };
}
