import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';

// A worker without HTTP: it follows the state in the shared file.
const app = await NestFactory.createApplicationContext(AppModule);
app.enableShutdownHooks([], { useProcessExit: true });
process.stdout.write('At work.\n');
