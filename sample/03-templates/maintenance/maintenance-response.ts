import { join } from 'node:path';
import type { Request } from 'express';
import type { ResponseOptions } from 'nestjs-maintenance-mode';
import { FOLDER } from '../folder.js';

/** What visitors and API clients get while the shop is closed. */
export function maintenanceResponse(redirectUrl: string | undefined): ResponseOptions {
  return {
    template: join(FOLDER, 'maintenance', 'page.hbs'),
    // For `page.hbs`; the JSON has them, too.
    context: (request: Request, status) => ({
      shop: 'The Tea Shop',
      phone: '+44 20 7946 0018',
      page: request.path,
      since: status.updatedAt?.toISOString() ?? null,
    }),
    type: (request: Request) => (request.path.startsWith('/api/') ? 'json' : 'html'),
    ...(redirectUrl !== undefined && { redirectUrl }),
  };
}
