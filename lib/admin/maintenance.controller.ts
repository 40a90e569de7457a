import {
  BadRequestException,
  ConflictException,
  Controller,
  ForbiddenException,
  Get,
  HttpException,
  Inject,
  Injectable,
  NotFoundException,
  Param,
  Post,
  Req,
  Res,
  ServiceUnavailableException,
  type Type,
  UseGuards,
} from '@nestjs/common';
import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';
import type { RequestFacts } from '../interfaces/request-facts.js';
import { MaintenanceOff } from '../decorators/maintenance.decorators.js';
import { MaintenanceError } from '../errors.js';
import { AdapterBridgeHost } from '../http/adapter-bridge-host.js';
import type { ResolvedController } from '../options/resolved-options.js';
import { Bypass } from '../policy/bypass.js';
import { wantedFormats } from '../response/accept.js';
import { CurrentState } from '../state/current-state.js';
import { InvalidValue } from '../validation/check.js';
import { memberOf } from '../validation/values.js';
import { confirmPage, confirmPageHeaders } from './confirm-page.js';
import { isCrossSite, isFromProgram, isOwnNavigation, isUnseen, nextPath } from './forgery.js';
import { parseToggleBody, Toggle, type ToggleAction } from './toggle.js';

const NO_STORE = { 'Cache-Control': 'no-store' };

/** The toggle routes and the bypass route. They write their responses themselves. */
@Injectable()
abstract class MaintenanceRoutes {
  protected abstract readonly confirm: boolean;

  constructor(
    @Inject(CurrentState) private readonly state: CurrentState,
    @Inject(Toggle) private readonly toggle: Toggle,
    @Inject(Bypass) private readonly bypass: Bypass,
    @Inject(AdapterBridgeHost) private readonly host: AdapterBridgeHost,
  ) {}

  @Get()
  status(@Res() response: unknown): void {
    this.#json(response, this.state.status());
  }

  @Get('on')
  async getOn(@Req() request: unknown, @Res() response: unknown): Promise<void> {
    await this.#get('on', request, response);
  }

  @Get('off')
  async getOff(@Req() request: unknown, @Res() response: unknown): Promise<void> {
    await this.#get('off', request, response);
  }

  @Post('on')
  async postOn(@Req() request: unknown, @Res() response: unknown): Promise<void> {
    await this.#post('on', request, response);
  }

  @Post('off')
  async postOff(@Req() request: unknown, @Res() response: unknown): Promise<void> {
    await this.#post('off', request, response);
  }

  @Get('bypass/:secret')
  openBypass(@Param('secret') secret: string, @Req() request: unknown, @Res() response: unknown): void {
    const facts = this.#begin(request, response);
    const cookie = this.bypass.cookieFor(secret, facts);
    if (cookie === null) throw new NotFoundException();
    this.host.appendHeader(response, 'Set-Cookie', cookie);
    // The URL contains the secret, which the next page must not see as its referrer.
    this.#redirect(response, 302, '/', { 'Referrer-Policy': 'no-referrer' });
  }

  /** A GET changes the state only if no other site can have made a browser send it. */
  async #get(action: ToggleAction, request: unknown, response: unknown): Promise<void> {
    const facts = this.#begin(request, response);
    const user = await this.toggle.superuser(facts);
    if (facts.method === 'HEAD') {
      this.host.bridge.send(response, { statusCode: 200, headers: NO_STORE, body: '' });
    } else if (isUnseen(facts)) {
      throw new ForbiddenException('Open this address in a browser tab, or send a POST.');
    } else if (isFromProgram(facts) || (!this.confirm && isOwnNavigation(facts))) {
      await this.#apply(action, { options: {}, token: undefined }, user, facts, response);
    } else {
      const token = await translated(this.toggle.token(action, user));
      const body = confirmPage(action, this.state.status(), token);
      this.host.bridge.send(response, {
        statusCode: 200,
        headers: confirmPageHeaders,
        body,
      });
    }
  }

  async #post(action: ToggleAction, request: unknown, response: unknown): Promise<void> {
    const facts = this.#begin(request, response);
    if (isCrossSite(facts)) throw new ForbiddenException('This request comes from another site.');
    const user = await this.toggle.superuser(facts);
    const body = parse(() => parseToggleBody(action, facts, memberOf(request, 'body')));
    await this.#apply(action, body, user, facts, response);
  }

  #begin(request: unknown, response: unknown): RequestFacts {
    const { bridge } = this.host;
    bridge.setHeaders(response, NO_STORE);
    return bridge.facts(request);
  }

  async #apply(
    action: ToggleAction,
    body: Parameters<Toggle['apply']>[1],
    user: string,
    facts: RequestFacts,
    response: unknown,
  ): Promise<void> {
    const status = await translated(this.toggle.apply(action, body, user));
    if (wantedFormats(facts.headers.accept).any === 'html')
      this.#redirect(response, 303, nextPath(facts.url));
    else this.#json(response, status);
  }

  #json(response: unknown, { state, mode, reason, startsAt, endsAt }: MaintenanceStatus): void {
    const headers = { ...NO_STORE, 'Content-Type': 'application/json; charset=utf-8' };
    const body = JSON.stringify({ state, mode, reason, startsAt, endsAt });
    this.host.bridge.send(response, { statusCode: 200, headers, body });
  }

  #redirect(
    response: unknown,
    statusCode: 302 | 303,
    location: string,
    headers: Record<string, string> = {},
  ): void {
    const reply = { statusCode, headers: { ...NO_STORE, ...headers, Location: location }, body: '' };
    this.host.bridge.send(response, reply);
  }
}

/** The controller for the settings: Nest takes path, guards and decorators from the class. */
export function createMaintenanceController({ path, guards, decorators, confirm }: ResolvedController): Type {
  @MaintenanceOff()
  @UseGuards(...guards)
  @Controller(path)
  class MaintenanceController extends MaintenanceRoutes {
    protected readonly confirm = confirm;
  }
  for (const decorate of decorators) decorate(MaintenanceController);
  return MaintenanceController;
}

function parse<T>(parser: () => T): T {
  try {
    return parser();
  } catch (error) {
    throw httpError(error);
  }
}

async function translated<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw httpError(error);
  }
}

/** The HTTP error for an error of this package; other errors stay as they are. */
function httpError(error: unknown): unknown {
  if (error instanceof HttpException) return error;
  if (error instanceof InvalidValue)
    return new BadRequestException(`${error.path === '' ? 'body' : error.path}: ${error.message}`);
  if (!(error instanceof MaintenanceError)) return error;
  switch (error.code) {
    case 'MAINTENANCE_FORCED':
    case 'MAINTENANCE_CONFLICT':
      return new ConflictException(error.message, { cause: error });
    case 'MAINTENANCE_OPTIONS':
    case 'MAINTENANCE_WINDOW':
      return new BadRequestException(error.message, { cause: error });
    default:
      return new ServiceUnavailableException(error.message, { cause: error });
  }
}
