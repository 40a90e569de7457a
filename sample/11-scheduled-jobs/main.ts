import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';

// A worker without HTTP: it follows the state that others set.
const app = await NestFactory.createApplicationContext(AppModule);
app.enableShutdownHooks([], { useProcessExit: true });
process.stdout.write('At work.\n');
