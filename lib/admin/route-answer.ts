import {
  applyDecorators,
  type ArgumentsHost,
  type CanActivate,
  Catch,
  type ExceptionFilter,
  type ExecutionContext,
  HttpException,
  Injectable,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AdapterBridgeHost } from '../http/integration.js';
import { memberOf } from '../validation/values.js';
import { MaintenanceRoutes } from './maintenance-routes.js';
import { NO_STORE, type RouteCall, type RouteReply, wantsPage } from './route-call.js';

type RouteFunction = (routes: MaintenanceRoutes, call: RouteCall) => RouteReply | Promise<RouteReply>;

const AnsweredBy = Reflector.createDecorator<RouteFunction>();

/** Thrown by `RouteGuard`, so that nothing of the application runs that could replace or change the answer. */
class RouteAnswer extends Error {
  override readonly name = 'RouteAnswer';

  constructor(readonly reply: RouteReply) {
    super('A route of maintenance mode has answered.');
  }
}

/**
 * Answers the routes of the module. It is the last guard, so guards of the application have set `request.user`; interceptors
 * and pipes of the application, which would run next, may serve a cached answer, wrap bodies in an envelope, or refuse
 * members that they do not know.
 */
@Injectable()
export class RouteGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly routes: MaintenanceRoutes,
    private readonly host: AdapterBridgeHost,
  ) {}

  /** @throws RouteAnswer; for clients that take no pages, the errors of Nest, which filters of the application may format. */
  async canActivate(context: ExecutionContext): Promise<never> {
    const request = context.getArgByIndex<unknown>(0);
    const { bridge } = this.host;
    // Also for errors.
    bridge.setHeaders(context.getArgByIndex(1), NO_STORE);
    const call: RouteCall = {
      facts: bridge.facts(request),
      body: memberOf(request, 'body'),
      params: memberOf(request, 'params'),
    };
    throw new RouteAnswer(await this.#answer(this.reflector.get(AnsweredBy, context.getHandler()), call));
  }

  async #answer(route: RouteFunction, call: RouteCall): Promise<RouteReply> {
    try {
      return await route(this.routes, call);
    } catch (error) {
      if (error instanceof HttpException && error.getStatus() !== 404 && wantsPage(call))
        return this.routes.refusal(error);
      throw error;
    }
  }
}

/** Sends the answer of a route. It is found before the filters of the application, since it is a filter of the handler. */
@Catch(RouteAnswer)
export class RouteAnswerFilter implements ExceptionFilter<RouteAnswer> {
  constructor(private readonly host: AdapterBridgeHost) {}

  catch({ reply }: RouteAnswer, argumentsHost: ArgumentsHost): void {
    const response = argumentsHost.getArgByIndex<unknown>(1);
    if (reply.setCookie !== undefined) this.host.appendHeader(response, 'Set-Cookie', reply.setCookie);
    this.host.bridge.send(response, reply);
  }
}

/** The function that answers a route, in place of the decorated method. */
export function Answer(route: RouteFunction): MethodDecorator {
  return applyDecorators(AnsweredBy(route), UseGuards(RouteGuard), UseFilters(RouteAnswerFilter));
}
