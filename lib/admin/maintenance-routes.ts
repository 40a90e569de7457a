import {
  ForbiddenException,
  type HttpException,
  Inject,
  Injectable,
  NotFoundException,
} from '@nestjs/common';
import { CONTROLLER_SETTINGS } from '../interfaces/tokens.js';
import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';
import type { ResolvedController } from '../options/resolved-options.js';
import { Bypass } from '../policy/bypass.js';
import { CurrentState } from '../state/current-state.js';
import { memberOf } from '../validation/values.js';
import { Banner } from './banner.js';
import { cardPageHeaders } from './card-page.js';
import { confirmPage } from './confirm-page.js';
import { isFromProgram, isOwnNavigation, isUnseen, sourceOf } from './forgery.js';
import { withHttpErrors } from './http-errors.js';
import { nextPath, rootUrl, siblingUrl } from './locations.js';
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
import { Superusers } from './superusers.js';
import { Toggle } from './toggle.js';
import { parseToggleBody, type ToggleAction, type ToggleBody } from './toggle-body.js';

/** What the routes of the module do. */
@Injectable()
export class MaintenanceRoutes {
  constructor(
    @Inject(CONTROLLER_SETTINGS) private readonly settings: ResolvedController,
    private readonly state: CurrentState,
    private readonly toggle: Toggle,
    private readonly superusers: Superusers,
    @Inject(Bypass) private readonly bypass: Bypass | null,
    private readonly banner: Banner,
  ) {}

  /** The script that shows the announcement on pages of the application. */
  announcement(call: RouteCall): RouteReply {
    return this.banner.reply(call);
  }

  status(): RouteReply {
    return jsonReply(publicStatus(this.state.status()));
  }

  /** A GET changes the state only if no other site can have made a browser send it. */
  async openToggle(action: ToggleAction, call: RouteCall): Promise<RouteReply> {
    const { facts } = call;
    const user = await this.superusers.nameOf(facts);
    if (facts.method === 'HEAD') return { statusCode: 200, headers: NO_STORE, body: '' };
    if (isUnseen(facts)) throw new ForbiddenException('Open this address in a browser tab, or send a POST.');
    if (isFromProgram(facts) || (!this.settings.confirm && isOwnNavigation(facts)))
      return this.#apply(action, { options: {}, token: undefined }, user, call);
    const token = await withHttpErrors(() => this.toggle.token(action, user));
    return pageReply(confirmPage(action, this.state.status(), token), cardPageHeaders);
  }

  async postToggle(action: ToggleAction, call: RouteCall): Promise<RouteReply> {
    refuseOtherSites(call);
    const user = await this.superusers.nameOf(call.facts);
    const body = await withHttpErrors(() => parseToggleBody(action, call));
    return this.#apply(action, body, user, call);
  }

  openBypass({ facts, params }: RouteCall): RouteReply {
    const secret = memberOf(params, 'secret');
    if (typeof secret !== 'string' || !this.bypass?.isSecret(secret)) throw new NotFoundException();
    return redirectReply(nextPath(facts.url) ?? rootUrl(facts.url), {
      statusCode: 302,
      // The URL contains the secret, which the next page must not see as its referrer.
      headers: { 'Referrer-Policy': 'no-referrer' },
      setCookie: this.bypass.setCookie(facts),
    });
  }

  /** The page for an error, for clients that show pages. */
  refusal(error: HttpException): RouteReply {
    return pageReply(refusalPage(error, this.settings.loginUrl), cardPageHeaders, error.getStatus());
  }

  async #apply(action: ToggleAction, body: ToggleBody, user: string, call: RouteCall): Promise<RouteReply> {
    const { after } = await withHttpErrors(() => this.toggle.apply(action, body, user));
    if (!wantsPage(call)) return jsonReply(publicStatus(this.state.status(body.options.scope)));
    const { url } = call.facts;
    return redirectReply(nextPath(url) ?? siblingUrl(url, `admin?done=${after.revision}`));
  }
}

/** A token that comes along proves that the POST comes from a page of this application; `Toggle` checks it. */
function refuseOtherSites({ facts, body }: RouteCall): void {
  const source = sourceOf(facts);
  const token = memberOf(body, 'token');
  if (source === 'own' || (source === 'unclear' && typeof token === 'string' && token !== '')) return;
  throw new ForbiddenException('This request comes from another site.');
}

function publicStatus({ state, mode, reason, startsAt, endsAt }: MaintenanceStatus): object {
  return { state, mode, reason, startsAt, endsAt };
}
