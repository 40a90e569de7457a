// An application whose work within `run()` does not end by itself, as when a deploy sends SIGTERM in the middle of it.
import { NestFactory } from '@nestjs/core';
import { FileStorage, MaintenanceModule, MaintenanceService } from '../../../dist/index.js';

const [, , path] = process.argv;

const module = MaintenanceModule.forRoot({ storage: new FileStorage({ path }) });
const app = await NestFactory.createApplicationContext(module, { logger: false });
app.enableShutdownHooks();
const work = () => {
  process.send('at work');
  return new Promise(() => setInterval(() => undefined, 1000));
};
await app.get(MaintenanceService).run(work, { reason: 'Migration' });
