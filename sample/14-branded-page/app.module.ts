import { fileURLToPath } from 'node:url';
import { Module } from '@nestjs/common';
import { MaintenanceModule } from 'nestjs-maintenance-mode';
import { LampsController } from './lamps.controller.js';

/** tsc compiles the sources to `dist-sample/`, and copies nothing else. */
const LOGO = fileURLToPath(new URL('../../sample/14-branded-page/assets/logo.svg', import.meta.url));

@Module({
  imports: [
    MaintenanceModule.forRoot({
      response: {
        page: {
          product: 'Lumen',
          logo: LOGO,
          accentColor: '#0f766e',
          contact: { text: 'help@lumen.example', href: 'mailto:help@lumen.example' },
          links: [{ text: 'Status', href: 'https://status.lumen.example' }],
          messages: { de: { body: 'Wir wechseln ein paar Lampen und sind bald zurück.' } },
        },
      },
    }),
  ],
  controllers: [LampsController],
})
export class AppModule {}
