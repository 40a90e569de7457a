import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import { MaintenanceOff, MaintenanceService } from '../../lib/index.js';
import { closeApps, platforms } from '../support/platforms.js';

@Controller()
@MaintenanceOff()
class OpenController {
  @Get('open')
  open(): string {
    return 'open';
  }
}

afterEach(closeApps);

/** The version is what a client says in a request line; Node's parser of HTTP/1 takes this one. */
describe.each(platforms)('Requests that say HTTP/2.0 on a connection of HTTP/1.1 on %s', (_, createApp) => {
  it.each(['turned on', 'turned off'])('are forgotten with their connection, maintenance %s', async (how) => {
    const app = await createApp({ controllers: [OpenController] });
    const maintenance = app.get(MaintenanceService);
    if (how === 'turned on') await maintenance.enable();
    // The second waits for the first to be answered. Nothing may follow it, so Node closes the connection before that.
    const requests = ['GET /open HTTP/1.1', 'GET /open HTTP/2.0', 'GET /open HTTP/1.1'];
    const socket = connect(app.port, '127.0.0.1');
    socket.write(requests.map((line) => `${line}\r\nHost: localhost\r\n\r\n`).join(''));
    await text(socket);
    expect(await maintenance.drained({ timeoutMs: 60_000 })).toEqual({ drained: true, remaining: 0 });
  });
});
