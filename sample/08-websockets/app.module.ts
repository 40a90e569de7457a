import { Module } from '@nestjs/common';
import { MaintenanceModule } from 'nestjs-maintenance-mode';
import { AuctionGateway } from './auction.gateway.js';
import { StatusGateway } from './status.gateway.js';

@Module({
  imports: [MaintenanceModule.forRoot({ close: { webSockets: true } })],
  providers: [AuctionGateway, StatusGateway],
})
export class AppModule {}
