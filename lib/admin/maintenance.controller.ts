import {
  applyDecorators,
  type ArgumentsHost,
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  ForbiddenException,
  Get,
  HttpException,
  Inject,
  Injectable,
  NotFoundException,
  Post,
  type Provider,
  type Type,
  UseFilters,
  UseGuards,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import { CONTROLLER_SETTINGS, RESOLVED_OPTIONS } from '../interfaces/tokens.js';
import type { ResolvedController, ResolvedOptions } from '../options/resolved-options.js';
import { AdminDesk } from './admin-view.js';
import {
  cardPageHeaders,
  confirmPage,
  jsonReply,
  NO_STORE,
  pageReply,
  redirectReply,
  refusalPage,
  type RouteCall,
  type RouteReply,
  wantsPage,
  withHttpErrors,
} from './route-call.js';
import { isFromProgram, isOwnNavigation, isUnseen, refuseOtherSites, Superusers } from './access.js';
import { nextPath, queryOf, rootUrl, RouteUrls, siblingUrl } from './route-urls.js';
import { parseToggleBody, Toggle, type ToggleAction, type ToggleBody } from './toggle.js';
import { Bypass } from '../policy/bypass.js';
import { CurrentState } from '../state/current-state.js';
import { memberOf } from '../validation/values.js';
import { AdminRoutes } from './admin-routes.js';
import { Banner } from './banner.js';
import { changeBody, inLanguage, INSTANCE, oneScopeStatus, wholeStatus } from './status-body.js';
import { Reflector } from '@nestjs/core';
import { AdapterBridgeHost } from '../http/adapter-bridge-host.js';
import { MaintenanceOff } from '../decorators/maintenance.decorators.js';
import { hideFromOpenApi } from '../internals/nest-swagger.js';

/** What the routes of the module do. */
@Injectable()
export class MaintenanceRoutes {
  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(CONTROLLER_SETTINGS) private readonly settings: ResolvedController,
    private readonly state: CurrentState,
    private readonly toggle: Toggle,
    private readonly superusers: Superusers,
    private readonly desk: AdminDesk,
    readonly admin: AdminRoutes,
    @Inject(Bypass) private readonly bypass: Bypass,
    readonly banner: Banner,
  ) {}

  /**
   * Anyone may see what is on; superusers, and whoever has a bypass secret, also see the work of operating it. Only superusers
   * see what is internal.
   */
  async status(call: RouteCall): Promise<RouteReply> {
    const scope = queryOf(call.facts.url).get('scope');
    const { items, vary } = inLanguage(this.desk.items(), call.facts.headers['accept-language']);
    const isSuperuser = await this.superusers.sent(call.facts);
    const status = await withHttpErrors(() =>
      scope === null ? wholeStatus(items, isSuperuser) : oneScopeStatus(items, scope, isSuperuser),
    );
    if (!isSuperuser && !this.bypass.hasSecret(call.facts)) return jsonReply(status, vary);
    const { revision, stale } = this.state.status();
    const inFlight = await this.desk.inFlight(call.facts.request);
    return jsonReply({ ...status, revision, stale, inFlight, instance: INSTANCE }, vary);
  }

  /** A GET changes the state only if no other site can have made a browser send it. */
  async openToggle(action: 'on' | 'off', call: RouteCall): Promise<RouteReply> {
    const { facts } = call;
    const user = await this.superusers.nameOf(facts);
    if (facts.method === 'HEAD') return { statusCode: 200, headers: NO_STORE, body: '' };
    if (isUnseen(facts)) throw new ForbiddenException('Open this address in a browser tab, or send a POST.');
    if (isFromProgram(facts) || (!this.settings.confirm && isOwnNavigation(facts)))
      return this.#apply(action, { options: {}, token: undefined }, user, call);
    const token = await withHttpErrors(() => this.toggle.token(action, user));
    return pageReply(confirmPage(action, this.state.status(), token, this.options.limits), cardPageHeaders);
  }

  async postToggle(action: ToggleAction, call: RouteCall): Promise<RouteReply> {
    refuseOtherSites(call);
    const user = await this.superusers.nameOf(call.facts);
    const body = await withHttpErrors(() => parseToggleBody(action, call));
    return this.#apply(action, body, user, call);
  }

  openBypass({ facts, params }: RouteCall): RouteReply {
    const secret = memberOf(params, 'secret');
    const cookie = typeof secret === 'string' ? this.bypass.cookieFor(secret, facts) : null;
    if (cookie === null) throw new NotFoundException();
    return redirectReply(nextPath(facts.url) ?? rootUrl(facts.url), {
      statusCode: 302,
      // The URL contains the secret, which the next page must not see as its referrer.
      headers: { 'Referrer-Policy': 'no-referrer' },
      setCookie: cookie,
    });
  }

  /** The page for an error, for clients that show pages. */
  refusal(error: HttpException): RouteReply {
    return pageReply(refusalPage(error, this.settings.loginUrl), cardPageHeaders, error.getStatus());
  }

  async #apply(action: ToggleAction, body: ToggleBody, user: string, call: RouteCall): Promise<RouteReply> {
    const applied = await withHttpErrors(() => this.toggle.apply(action, body, user));
    if (!wantsPage(call)) return jsonReply(changeBody(action, body, applied, this.state.list()));
    const { url } = call.facts;
    return redirectReply(nextPath(url) ?? siblingUrl(url, `admin?done=${applied.after.revision}`));
  }
}

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

/** The routes of the module. Nest needs a method for each; it does not run, since `RouteGuard` answers before. */
abstract class RoutesOfModule {
  @Get()
  @Answer((routes, call) => routes.status(call))
  status(): void {}

  @Get('on')
  @Answer((routes, call) => routes.openToggle('on', call))
  openOn(): void {}

  @Get('off')
  @Answer((routes, call) => routes.openToggle('off', call))
  openOff(): void {}

  @Post('on')
  @Answer((routes, call) => routes.postToggle('on', call))
  postOn(): void {}

  @Post('off')
  @Answer((routes, call) => routes.postToggle('off', call))
  postOff(): void {}

  @Post('update')
  @Answer((routes, call) => routes.postToggle('update', call))
  postUpdate(): void {}

  @Get('admin')
  @Answer((routes, call) => routes.admin.open(call))
  openAdmin(): void {}

  @Post('admin')
  @Answer((routes, call) => routes.admin.post(call))
  postAdmin(): void {}

  @Get('banner.js')
  @Answer((routes, call) => routes.banner.reply(call))
  openBanner(): void {}

  @Get('bypass/:secret')
  @Answer((routes, call) => routes.openBypass(call))
  openBypass(): void {}
}

/** The controller for the settings: Nest takes path, guards and decorators from the class. */
export function createMaintenanceController({ path, guards, decorators }: ResolvedController): Type {
  @MaintenanceOff()
  @UseGuards(...guards)
  @Controller({ path, version: VERSION_NEUTRAL })
  class MaintenanceController extends RoutesOfModule {}
  hideFromOpenApi(MaintenanceController);
  for (const decorate of decorators) decorate(MaintenanceController);
  return MaintenanceController;
}

/** The providers of the routes of the module. */
export function routeProviders(settings: ResolvedController): Provider[] {
  return [
    { provide: CONTROLLER_SETTINGS, useValue: settings },
    Superusers,
    Toggle,
    AdminDesk,
    AdminRoutes,
    Banner,
    MaintenanceRoutes,
    RouteUrls,
  ];
}
