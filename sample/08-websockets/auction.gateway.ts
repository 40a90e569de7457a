import { MessageBody, SubscribeMessage, WebSocketGateway, type WsResponse } from '@nestjs/websockets';

/** Bids would be lost in maintenance, so they are refused. */
@WebSocketGateway({ path: '/auction' })
export class AuctionGateway {
  #highest = 0;

  @SubscribeMessage('bid')
  bid(@MessageBody() bid: unknown): WsResponse<{ highest: number }> {
    this.#highest = Math.max(this.#highest, Number(bid) || 0);
    return { event: 'highest', data: { highest: this.#highest } };
  }
}
