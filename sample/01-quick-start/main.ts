import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { AdminAccount } from './auth/admin-account.js';
import { welcome } from './welcome.js';

// Quiet while it boots; later the log says when maintenance begins and ends.
const app = await NestFactory.create<NestExpressApplication>(AppModule, { logger: ['warn', 'error'] });
// Ctrl+C and SIGTERM close the storage, then end the process with status 0.
app.enableShutdownHooks([], { useProcessExit: true });

const port = Number(process.env['PORT'] ?? 3000);
try {
  // This machine only: the password is printed to the terminal.
  await app.listen(port, '127.0.0.1');
  app.useLogger(['log', 'warn', 'error']);
  process.stdout.write(welcome(await app.getUrl(), app.get(AdminAccount, { strict: false }).password));
} catch (error) {
  process.exitCode = 1;
  if (!isPortTaken(error)) throw error;
  process.stderr.write(`Port ${port} is taken. Choose another one: PORT=${port + 1} npm start\n`);
  await app.close();
}

function isPortTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}
