import {
  All,
  Controller,
  Get,
  HttpException,
  NotFoundException,
  Req,
  Res,
  UnauthorizedException,
  UseGuards,
} from '@nestjs/common';
import { MaintenanceOff } from 'nestjs-maintenance-mode';
import { note } from './notes.mjs';

/** Decorators by hand: this is JavaScript, which every Node runs. */
function handler(type, name, decorators, body, parameters = [Req()]) {
  Object.defineProperty(type.prototype, name, { value: body, configurable: true });
  for (const [index, decorate] of parameters.entries()) decorate(type.prototype, name, index);
  Reflect.decorate(decorators, type.prototype, name, Object.getOwnPropertyDescriptor(type.prototype, name));
}

const LARGE = { text: 'A long answer, which is compressed where the client wants it. '.repeat(500) };

/** The answer says which request it is for. */
function mark(request, response, by) {
  const raw = response.raw ?? response;
  raw.setHeader('X-Soak-By', by);
  raw.setHeader('X-Soak-For', String(request.headers['x-soak-id']));
}

function addHandlers(type, kind) {
  const add = (path, name, body) =>
    handler(
      type,
      name,
      [All(path)],
      async (request, response) => {
        note(request, `${kind} ${name}`);
        mark(request, response, kind);
        return body(request, response);
      },
      [Req(), Res({ passthrough: true })],
    );
  add('large', 'large', () => LARGE);
  add('throws', 'throws', () => {
    throw new HttpException('The handler says no.', 418);
  });
  handler(
    type,
    'stream',
    [All('stream')],
    async (request, response) => {
      note(request, `${kind} stream`);
      mark(request, response, kind);
      response.hijack?.();
      const raw = response.hijack ? response.raw : response;
      for (let part = 0; part < 3 && !raw.destroyed; part += 1) {
        raw.write(`part ${part} ${'.'.repeat(800)}\n`);
        await new Promise(setImmediate);
      }
      raw.end();
    },
    [Req(), Res()],
  );
  return add;
}

class OpenController {}
const addOpen = addHandlers(OpenController, 'open');
addOpen('*', 'any', ({ body }) => ({ got: typeof body }));
MaintenanceOff()(OpenController);
Controller('open')(OpenController);

/** Where no `user.get` tells who it is, a guard does, as most applications have it. */
const userGuard = {
  canActivate(context) {
    const request = context.switchToHttp().getRequest();
    const kind = request.headers['x-user'];
    if (kind === 'broken') throw new UnauthorizedException();
    request.user = kind === undefined ? undefined : { id: kind, isStaff: kind === 'staff' };
    return true;
  },
};
const refusing = (exception) => ({
  canActivate() {
    throw new exception();
  },
});

export function controllers(hasGuard) {
  class ShopController {}
  const addClosed = addHandlers(ShopController, 'closed');
  addClosed('cart', 'cart', ({ body }) => ({ got: typeof body }));
  for (const [path, exception] of [
    ['denied', UnauthorizedException],
    ['lost', NotFoundException],
  ]) {
    addClosed(path, path, () => 'never');
    UseGuards(refusing(exception))(
      ShopController.prototype,
      path,
      Object.getOwnPropertyDescriptor(ShopController.prototype, path),
    );
  }
  handler(ShopController, 'root', [Get()], (request) => {
    note(request, 'closed root');
    return 'shop';
  });
  if (hasGuard) UseGuards(userGuard)(ShopController);
  Controller('shop')(ShopController);
  return [OpenController, ShopController];
}
