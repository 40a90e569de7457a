import { MessageBody, SubscribeMessage, WebSocketGateway, type WsResponse } from '@nestjs/websockets';

/** Bids are lost in maintenance, so nobody may place one. */
@WebSocketGateway({ path: '/auction' })
export class AuctionGateway {
  #highest = 0;

  @SubscribeMessage('bid')
  bid(@MessageBody() bid: unknown): WsResponse<{ highest: number }> {
    this.#highest = Math.max(this.#highest, Number(bid) || 0);
    return { event: 'highest', data: { highest: this.#highest } };
  }
}
