import { randomBytes } from 'node:crypto';
import { ForbiddenException, HttpException } from '@nestjs/common';
import { markup } from '../response/html.js';
import type { RecordChange } from '../state/changes.js';
import { EMPTY_RECORD, entryOf, plannedAt, stateAt, statusOf } from '../state/maintenance-record.js';
import { replaceable } from '../state/state-writer.js';
import {
  isGenuineToken,
  isUnseen,
  isValidToken,
  refuseOtherSites,
  signingKey,
  sourceOf,
  superuserName,
} from './access.js';
import { type AdminForm, changeOf, minutesOf, parseAdminForm, scopeOf } from './admin-form.js';
import { adminPage, type Review } from './admin-page.js';
import { AdminViews, type Draft, type Notice } from './admin-view.js';
import { adminPageHeaders } from './page-assets.js';
import { changeWords, isolated } from './page-parts.js';
import {
  nextPath,
  NO_STORE,
  pageReply,
  redirectReply,
  type RouteCall,
  type RouteParts,
  type RouteReply,
  siblingUrl,
  withHttpErrors,
} from './route-replies.js';

/** The admin page and its forms. */
export class AdminRoutes {
  readonly #views: AdminViews;

  constructor(private readonly parts: RouteParts) {
    this.#views = new AdminViews(parts);
  }

  async open(call: RouteCall): Promise<RouteReply> {
    const user = await superuserName(call.facts, this.parts.options);
    if (call.facts.method === 'HEAD') return { statusCode: 200, headers: NO_STORE, body: '' };
    if (isUnseen(call.facts)) throw new ForbiddenException('Open this address in a browser tab.');
    return pageReply(adminPage(await this.#views.view(call, user)), adminPageHeaders);
  }

  async post(call: RouteCall): Promise<RouteReply> {
    refuseOtherSites(call);
    const user = await superuserName(call.facts, this.parts.options);
    const form = await withHttpErrors(() => parseAdminForm(call));
    const key = await withHttpErrors(() => this.#checkToken(call, form, user));
    try {
      return await withHttpErrors(() => this.#act(call, form, user, key));
    } catch (error) {
      if (error instanceof OutdatedForm) return this.#outdated(call, form, user, error);
      if (!(error instanceof HttpException)) throw error;
      const notice: Notice = { kind: 'refused', title: 'Nothing was changed', text: error.message };
      return this.#page(call, form, user, notice, error.getStatus());
    }
  }

  /**
   * Only a form of this page for this user goes on, so that no other site can make the page show its own text.
   *
   * @returns the key of the record; null if the stored text does not parse, so that there is none.
   */
  async #checkToken(
    { facts }: RouteCall,
    { action, token, revision }: AdminForm,
    user: string,
  ): Promise<string | null> {
    const signing = await signingKey(this.parts.writer);
    if (signing === null && sourceOf(facts) === 'own') return null;
    const subject = { action: `admin ${action}`, user, revision };
    if (signing !== null && isGenuineToken(token, signing.key, subject)) return signing.key;
    throw new ForbiddenException('This form is not valid. Open the admin page again, and fill it in there.');
  }

  async #act(call: RouteCall, form: AdminForm, user: string, key: string | null): Promise<RouteReply> {
    const { action, fields } = form;
    const secret = randomBytes(24).toString('base64url');
    const asked = changeOf(form, user, secret);
    const change = key === null ? asked : upToDate(asked, form, user, key);
    if (fields['edit'] !== undefined) return this.#page(call, form, user);
    if (action === 'on' && fields['confirmed'] === undefined) return this.#review(call, form, user, change);
    const isWhole = (action === 'on' || action === 'off') && scopeOf(form) === null;
    const { before, after } = await this.parts.writer.update(change, {
      via: 'route',
      replaces: isWhole || action === 'off-all' ? replaceable(null) : 'nothing',
    });
    if (action === 'update' && before === after) return this.#unchanged(call, user);
    if (action === 'bypass') return this.#bypassLink(call, user, secret);
    const { url } = call.facts;
    return redirectReply(nextPath(url) ?? siblingUrl(url, `admin?done=${after.revision}`));
  }

  /** Shows what the form would do, without doing it. */
  async #review(call: RouteCall, form: AdminForm, user: string, change: RecordChange): Promise<RouteReply> {
    const now = Date.now();
    const { options, state } = this.parts;
    const before = state.record ?? EMPTY_RECORD;
    const { limits, announce } = options;
    const scope = scopeOf(form);
    const entry = entryOf(change(before, { now, via: 'route', limits }), scope);
    const stage = plannedAt(entry, now) ?? entry;
    const context = { revision: before.revision, stale: false, leadMs: announce.leadSeconds * 1000 };
    const previous = entryOf(before, scope);
    const isReplaced = stage === entry && stateAt(previous, now) !== 'off';
    const review: Review = {
      status: statusOf(stage, scope, context, now),
      note: stage.note,
      allow: stage.allow,
      replaces: isReplaced ? statusOf(previous, scope, context, now) : null,
      minutes: minutesOf(form),
      fields: form.fields,
    };
    return pageReply(adminPage(await this.#views.view(call, user), review), adminPageHeaders);
  }

  async #bypassLink(call: RouteCall, user: string, secret: string): Promise<RouteReply> {
    const { url, host, secure } = call.facts;
    const href = siblingUrl(url, `bypass/${secret}`);
    const notice: Notice = {
      kind: 'done',
      title: 'Here is the bypass link.',
      link: { href, url: new URL(href, `${secure ? 'https' : 'http'}://${host}${url}`).href },
    };
    return pageReply(adminPage(await this.#views.view(call, user, notice)), adminPageHeaders);
  }

  async #unchanged(call: RouteCall, user: string): Promise<RouteReply> {
    const notice: Notice = {
      kind: 'done',
      title: 'Nothing was changed.',
      text: 'What you have sent is what is set already.',
    };
    return pageReply(adminPage(await this.#views.view(call, user, notice)), adminPageHeaders);
  }

  async #outdated(
    call: RouteCall,
    form: AdminForm,
    user: string,
    { why }: OutdatedForm,
  ): Promise<RouteReply> {
    const [last] = this.parts.state.history(1);
    const text =
      why === 'expired'
        ? 'The page was open for more than ten minutes. Look at it again, and send the form once more.'
        : markup`Somebody has changed something since this page was loaded. ${
            last === undefined ? '' : markup`${isolated(last.by ?? 'Somebody')} ${changeWords(last)}. `
          }This page shows what is set now. If you still want it, send the form once more.`;
    const notice: Notice = { kind: 'refused', title: 'Nothing was changed yet', text };
    return this.#page(call, form, user, notice, 409);
  }

  #isOff(scope: string): boolean {
    const { state } = this.parts;
    return !state.list().some((status) => (status.scope ?? '') === scope && status.state !== 'off');
  }

  /** The page with what was typed. */
  async #page(
    call: RouteCall,
    { action, fields }: AdminForm,
    user: string,
    notice?: Notice,
    statusCode = 200,
  ): Promise<RouteReply> {
    const isOver = action === 'update' && this.#isOff(fields['scope'] ?? '');
    const draft = isOver ? toTurnOn(fields) : { action, fields };
    const view = await this.#views.view(call, user, notice, draft);
    return pageReply(adminPage(view), adminPageHeaders, statusCode);
  }
}

/** What was typed to change something that is off by now, in the form that turns it on. */
function toTurnOn(fields: Draft['fields']): Draft {
  const { startsAt = '', endsAt = '', was: _, ...others } = fields;
  const begin = startsAt === '' ? 'now' : 'at';
  const lasts = endsAt === '' ? 'off' : 'until';
  return { action: 'on', fields: { ...others, startsAt, endsAt, begin, lasts } };
}

/** The form comes from this page, but is too old. */
class OutdatedForm extends Error {
  override readonly name = 'OutdatedForm';

  constructor(readonly why: 'changed' | 'expired') {
    super(`The form is outdated: ${why}.`);
  }
}

/** Checks the form as part of the change, so that of two people who send one at the same time the second is refused. */
function upToDate(change: RecordChange, form: AdminForm, user: string, key: string): RecordChange {
  const { action, token, revision } = form;
  return (record, context) => {
    if (record.key !== key || record.revision !== revision) throw new OutdatedForm('changed');
    const subject = { action: `admin ${action}`, user, revision };
    if (!isValidToken(token, key, subject, context.now)) throw new OutdatedForm('expired');
    return change(record, context);
  };
}
