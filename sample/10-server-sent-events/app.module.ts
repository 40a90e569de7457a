import { Module } from '@nestjs/common';
import { MaintenanceModule } from 'nestjs-maintenance-mode';
import { KettleController } from './kettle.controller.js';
import { PageController } from './page.controller.js';

@Module({
  imports: [MaintenanceModule.forRoot({ close: { eventStreams: true } })],
  controllers: [KettleController, PageController],
})
export class AppModule {}
