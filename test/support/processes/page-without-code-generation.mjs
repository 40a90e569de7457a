// Boots an application of the built package, prints what its pages say, and ends.
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { MaintenanceModule, MaintenanceService, MemoryStorage } from '../../../dist/index.js';

const [, , template] = process.argv;

const module = MaintenanceModule.forRoot({
  storage: new MemoryStorage(),
  user: { get: () => ({ id: 'ada', isSuperuser: true }) },
  response: template ? { template } : {},
});

try {
  const app = await NestFactory.create(module, { logger: false, abortOnError: false });
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address();
  await app.get(MaintenanceService).enable({ reason: 'A <b>' });
  const pages = [];
  for (const path of ['/', '/maintenance-mode/off']) {
    const headers = { Accept: 'text/html', Cookie: 'a=b' };
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
    pages.push(`${response.status} ${await response.text()}`);
  }
  process.stdout.write(pages.join('\0'));
  await app.close();
} catch (error) {
  process.stdout.write(String(error));
}
