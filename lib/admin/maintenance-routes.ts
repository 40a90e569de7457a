import {
  ForbiddenException,
  type HttpException,
  Inject,
  Injectable,
  NotFoundException,
} from '@nestjs/common';
import { CONTROLLER_SETTINGS, RESOLVED_OPTIONS } from '../interfaces/tokens.js';
import type { ResolvedController, ResolvedOptions } from '../options/resolved-options.js';
import { Bypass } from '../policy/bypass.js';
import { CurrentState } from '../state/current-state.js';
import { memberOf } from '../validation/values.js';
import { AdminDesk } from './admin-desk.js';
import { AdminRoutes } from './admin-routes.js';
import { Banner } from './banner.js';
import { cardPageHeaders } from './card-page.js';
import { confirmPage } from './confirm-page.js';
import { isFromProgram, isOwnNavigation, isUnseen, refuseOtherSites } from './forgery.js';
import { withHttpErrors } from './http-errors.js';
import { nextPath, queryOf, rootUrl, siblingUrl } from './locations.js';
import { refusalPage } from './refusal-page.js';
import {
  jsonReply,
  NO_STORE,
  pageReply,
  redirectReply,
  type RouteCall,
  type RouteReply,
  wantsPage,
} from './route-call.js';
import { changeBody, inLanguage, INSTANCE, oneScopeStatus, wholeStatus } from './status-body.js';
import { Superusers } from './superusers.js';
import { Toggle } from './toggle.js';
import { parseToggleBody, type ToggleAction, type ToggleBody } from './toggle-body.js';

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
