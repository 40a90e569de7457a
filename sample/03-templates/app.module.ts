import { Module } from '@nestjs/common';
import { MaintenanceModule } from 'nestjs-maintenance-mode';
import { ApiController } from './api.controller.js';
import { AssetsController } from './assets.controller.js';
import { maintenanceResponse } from './maintenance/maintenance-response.js';
import { PagesController } from './pages.controller.js';

@Module({
  imports: [
    MaintenanceModule.forRoot({
      // The logo, which the maintenance page shows.
      ignore: { urls: ['/assets'] },
      response: maintenanceResponse(process.env['MAINTENANCE_MODE_REDIRECT_URL']),
    }),
  ],
  controllers: [PagesController, ApiController, AssetsController],
})
export class AppModule {}
