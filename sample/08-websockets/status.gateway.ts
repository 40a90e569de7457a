import { SubscribeMessage, WebSocketGateway, type WsResponse } from '@nestjs/websockets';
import { MaintenanceOff, MaintenanceService } from 'nestjs-maintenance-mode';

/** Open in maintenance, so that a page can show the status. */
@MaintenanceOff()
@WebSocketGateway({ path: '/status' })
export class StatusGateway {
  constructor(private readonly maintenance: MaintenanceService) {}

  @SubscribeMessage('status')
  status(): WsResponse<{ state: string; reason: string | null }> {
    const { state, reason } = this.maintenance.status();
    return { event: 'status', data: { state, reason } };
  }
}
