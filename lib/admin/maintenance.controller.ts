import type { Server } from 'node:net';
import {
  applyDecorators,
  type ArgumentsHost,
  BadRequestException,
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  type FactoryProvider,
  ForbiddenException,
  Get,
  HttpException,
  Injectable,
  NotFoundException,
  type OnApplicationBootstrap,
  Post,
  type Type,
  UseFilters,
  UseGuards,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import { HttpAdapterHost, ModulesContainer, Reflector } from '@nestjs/core';
import { MaintenanceOff } from '../decorators/maintenance.decorators.js';
import { AdapterBridgeHost } from '../http/integration.js';
import { RESOLVED_OPTIONS, STATE_PARTS } from '../interfaces/tokens.js';
import type { RequestFacts } from '../interfaces/request-facts.js';
import { hideFromOpenApi } from '../internals/nest.js';
import type { ResolvedController, ResolvedOptions } from '../options/resolved-options.js';
import { Bypass } from '../policy/bypass.js';
import { Responder } from '../response/responder.js';
import { InFlightWork } from '../drain/in-flight-work.js';
import type { StateParts } from '../state/state-parts.js';
import { memberOf } from '../validation/values.js';
import {
  isFromProgram,
  isOwnNavigation,
  isSuperuser,
  isUnseen,
  refuseOtherSites,
  superuserName,
} from './access.js';
import { scopesInCode } from './admin-view.js';
import { AdminRoutes } from './admin-routes.js';
import { Banner } from './banner.js';
import { cardPageHeaders } from './page-assets.js';
import {
  confirmPage,
  jsonReply,
  logUrls,
  nextPath,
  NO_STORE,
  pageReply,
  queryOf,
  redirectReply,
  refusalPage,
  rootUrl,
  type RouteCall,
  type RouteParts,
  type RouteReply,
  siblingUrl,
  wantsPage,
  withHttpErrors,
} from './route-replies.js';
import { inLanguage, INSTANCE, itemsOf, oneScopeStatus, othersInFlight, wholeStatus } from './status-body.js';
import {
  applyToggle,
  changeBody,
  parseToggleBody,
  type ToggleAction,
  type ToggleBody,
  toggleToken,
} from './toggle.js';

/** What the routes of the module do; those of the admin page and of the banner have a class each. */
class MaintenanceRoutes implements OnApplicationBootstrap {
  readonly admin: AdminRoutes;
  readonly banner: Banner;

  constructor(private readonly parts: RouteParts) {
    this.admin = new AdminRoutes(parts);
    this.banner = new Banner(parts.responder);
  }

  /**
   * Anyone may see the state; superusers, and clients with a bypass secret, also see what operators need. Only superusers
   * see internal members.
   */
  async status(call: RouteCall): Promise<RouteReply> {
    const scope = queryOf(call.facts.url).get('scope');
    const { options, bypass, state, work } = this.parts;
    const { items, vary } = inLanguage(itemsOf(state), call.facts.headers['accept-language']);
    const isDetailed = await isSuperuser(call.facts, options);
    const status = await withHttpErrors(() =>
      scope === null ? wholeStatus(items, isDetailed) : oneScopeStatus(items, scope, isDetailed),
    );
    if (!isDetailed && !bypass.hasSecret(call.facts)) return jsonReply(status, vary);
    const { revision, stale } = state.status();
    const inFlight = await othersInFlight(work, call.facts.request);
    return jsonReply({ ...status, revision, stale, inFlight, instance: INSTANCE }, vary);
  }

  /** A GET changes the state only if no other site can have made a browser send it. */
  async openToggle(action: 'on' | 'off', call: RouteCall): Promise<RouteReply> {
    const { facts } = call;
    const { options, settings, state, writer } = this.parts;
    const user = await superuserName(facts, options);
    if (facts.method === 'HEAD') return { statusCode: 200, headers: NO_STORE, body: '' };
    refuseScopeInQuery(facts);
    if (isUnseen(facts)) throw new ForbiddenException('Open this address in a browser tab, or send a POST.');
    if (isFromProgram(facts) || (!settings.confirm && isOwnNavigation(facts)))
      return this.#apply(action, { options: {}, token: undefined }, user, call);
    const token = await withHttpErrors(() => toggleToken(writer, action, user));
    return pageReply(confirmPage(action, state.status(), token, options.limits), cardPageHeaders);
  }

  async postToggle(action: ToggleAction, call: RouteCall): Promise<RouteReply> {
    refuseOtherSites(call);
    const user = await superuserName(call.facts, this.parts.options);
    refuseScopeInQuery(call.facts);
    const body = await withHttpErrors(() => parseToggleBody(action, call));
    return this.#apply(action, body, user, call);
  }

  openBypass({ facts, params }: RouteCall): RouteReply {
    const secret = memberOf(params, 'secret');
    const cookie = typeof secret === 'string' ? this.parts.bypass.cookieFor(secret, facts) : null;
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
    return pageReply(refusalPage(error, this.parts.settings.loginUrl), cardPageHeaders, error.getStatus());
  }

  onApplicationBootstrap(): void {
    const { host, adapterHost, settings } = this.parts;
    // Undefined in an application without HTTP.
    const server = adapterHost.httpAdapter?.getHttpServer() as Server | undefined;
    if (server) logUrls(server, host.bridge, settings);
  }

  async #apply(action: ToggleAction, body: ToggleBody, user: string, call: RouteCall): Promise<RouteReply> {
    const { state, writer, modules } = this.parts;
    const applied = await withHttpErrors(() => applyToggle(writer, action, body, user));
    if (!wantsPage(call)) {
      return jsonReply(changeBody(action, body, applied, state.list(), () => scopesInCode(modules)));
    }
    const { url } = call.facts;
    return redirectReply(nextPath(url) ?? siblingUrl(url, `admin?done=${applied.after.revision}`));
  }
}

/** It would otherwise be ignored, and the change made for the whole application. */
function refuseScopeInQuery({ url }: RequestFacts): void {
  if (!queryOf(url).has('scope')) return;
  throw new BadRequestException('scope: send it in the body of a POST, not in the address.');
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
function Answer(route: RouteFunction): MethodDecorator {
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

/** Creates the routes for the settings. Objects that only the routes use have no provider. */
export function routesProvider(settings: ResolvedController): FactoryProvider<MaintenanceRoutes> {
  return {
    provide: MaintenanceRoutes,
    useFactory: (
      options: ResolvedOptions,
      { state, writer }: StateParts,
      work: InFlightWork,
      bypass: Bypass,
      responder: Responder,
      host: AdapterBridgeHost,
      adapterHost: HttpAdapterHost,
      modules: ModulesContainer,
    ) =>
      new MaintenanceRoutes({
        settings,
        options,
        state,
        writer,
        work,
        bypass,
        responder,
        host,
        adapterHost,
        modules,
      }),
    inject: [
      RESOLVED_OPTIONS,
      STATE_PARTS,
      InFlightWork,
      Bypass,
      Responder,
      AdapterBridgeHost,
      HttpAdapterHost,
      ModulesContainer,
    ],
  };
}
