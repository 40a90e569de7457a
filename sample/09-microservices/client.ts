import { type ClientProxy, ClientProxyFactory, Transport } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';

/** The error of a service in maintenance. */
interface MaintenanceAnswer {
  readonly code: 'MAINTENANCE';
  readonly message: string;
  readonly retryAfter: number | null;
}

function isMaintenance(error: unknown): error is MaintenanceAnswer {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'MAINTENANCE';
}

async function ask(client: ClientProxy, pattern: string): Promise<string> {
  try {
    return JSON.stringify(await lastValueFrom(client.send<unknown>(pattern, {})));
  } catch (error) {
    if (!isMaintenance(error)) throw error;
    return `in maintenance: ${error.message} Again in ${error.retryAfter ?? '?'} seconds.`;
  }
}

const client = ClientProxyFactory.create({
  transport: Transport.TCP,
  options: { host: '127.0.0.1', port: Number(process.env['TCP_PORT'] ?? 4000) },
});
for (const pattern of ['stock.count', 'invoices.latest', 'health']) {
  process.stdout.write(`${pattern}: ${await ask(client, pattern)}\n`);
}
client.close();
