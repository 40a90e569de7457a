import type { Type } from '@nestjs/common';
import { MetadataScanner, type ModulesContainer } from '@nestjs/core';
import { MaintenanceForcedError, MaintenanceStorageError } from '../errors.js';
import type { MaintenanceChange, MaintenanceStatus } from '../interfaces/maintenance-status.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import { routeRuleOf } from '../policy/route-rules.js';
import { markup, type Markup } from '../response/html.js';
import { memberOf, settled } from '../validation/values.js';
import { issueToken, signingKey } from './access.js';
import { changeWords, isolated, joined, scopePhrase } from './page-parts.js';
import {
  openRoutes,
  parentUrl,
  queryOf,
  type RouteCall,
  type RouteParts,
  siblingUrl,
} from './route-replies.js';
import { INSTANCE, itemsOf, othersInFlight, type StatusItem } from './status-body.js';

/** What the page says at its top. */
export interface Notice {
  readonly kind: 'done' | 'refused';
  readonly title: string | Markup;
  readonly text?: string | Markup;
  /** A link that is shown once. */
  readonly link?: { readonly href: string; readonly url: string };
}

/** How far one click moves the end on. */
export const EXTEND_MS = 30 * 60_000;

/** Actions of the page's forms. */
export const ADMIN_ACTIONS = ['on', 'update', 'extend', 'off', 'off-all', 'bypass'] as const;
export type AdminAction = (typeof ADMIN_ACTIONS)[number];

/** What a person has typed into a form that was not accepted. */
export interface Draft {
  readonly action: AdminAction;
  readonly fields: Readonly<Record<string, string>>;
}

/** The hidden fields that prove that a form comes from this page and is up to date; null: there are no forms. */
interface SignedForms {
  readonly revision: number;
  /** Null if the stored text does not parse: there is no key to sign with. */
  token(action: AdminAction): string | null;
}

/** Everything that the page shows. */
export interface AdminView {
  readonly now: Date;
  /** The superuser who looks at it. */
  readonly viewer: string;
  readonly viewerIp: string | undefined;
  /** Where forms are sent, relative to the page. */
  readonly action: string;
  readonly statusUrl: string;
  /** The application first. */
  readonly items: readonly StatusItem[];
  /** The scopes of the application's handlers, and others that are or were on. */
  readonly knownScopes: readonly string[];
  readonly forms: SignedForms | null;
  /** Why there are no forms, or only some. */
  readonly warnings: readonly { readonly title: string; readonly text: string }[];
  readonly notice: Notice | null;
  readonly draft: Draft | null;
  readonly storage: string;
  readonly instance: string;
  readonly inFlight: number;
  /** Paths of the routes that never answer with maintenance; null if the adapter does not say. */
  readonly openRoutes: readonly string[] | null;
  /** Who passes, one sentence for each rule. */
  readonly passes: readonly string[];
  readonly history: readonly MaintenanceChange[];
  readonly limits: ResolvedOptions['limits'];
}

/** Gathers what the admin page shows. */
export class AdminViews {
  constructor(private readonly parts: RouteParts) {}

  /** @param draft what was typed into a form that was not accepted. */
  async view(
    call: RouteCall,
    viewer: string,
    notice?: Notice,
    draft: Draft | null = null,
  ): Promise<AdminView> {
    const { facts } = call;
    const { options, settings, state, work, host } = this.parts;
    const { forms, warnings } = await this.#forms(viewer);
    const items = itemsOf(state);
    return {
      now: new Date(),
      viewer,
      viewerIp: this.#addressOf(facts.request),
      action: siblingUrl(facts.url, 'admin'),
      statusUrl: parentUrl(facts.url),
      items,
      knownScopes: this.#knownScopes(items),
      forms,
      warnings,
      notice: notice ?? this.#doneNotice(call, viewer, items),
      draft,
      storage: [options.storage.name, options.storage.location].filter(Boolean).join(', '),
      instance: INSTANCE,
      inFlight: await othersInFlight(work, facts.request),
      openRoutes: openRoutes(host.bridge, settings),
      passes: whoPasses(options, state.issuedSecrets().length),
      history: state.history(),
      limits: options.limits,
    };
  }

  /** Reads the storage, so that the page shows what is stored. */
  async #forms(viewer: string): Promise<{ forms: SignedForms | null; warnings: AdminView['warnings'] }> {
    try {
      const signing = await signingKey(this.parts.writer);
      if (signing === null) return this.#unsigned();
      const { key, revision } = signing;
      const now = Date.now();
      return {
        forms: {
          revision,
          token: (action) => issueToken(key, { action: `admin ${action}`, user: viewer, revision }, now),
        },
        warnings: [],
      };
    } catch (error) {
      if (error instanceof MaintenanceForcedError)
        return { forms: null, warnings: [{ title: 'Nothing can be changed here', text: error.message }] };
      if (!(error instanceof MaintenanceStorageError)) throw error;
      return {
        forms: null,
        warnings: [
          {
            title: 'The storage does not answer',
            text: `${error.message} This is the last known state, and it stays in effect. Load the page again to change something.`,
          },
        ],
      };
    }
  }

  /** Without a key no token is needed: `toggleToken` says why. */
  #unsigned(): { forms: SignedForms; warnings: AdminView['warnings'] } {
    const revision = this.parts.state.record?.revision ?? 0;
    return { forms: { revision, token: () => null }, warnings: [UNREADABLE] };
  }

  #knownScopes(items: readonly StatusItem[]): readonly string[] {
    const shown = items.map(({ status }) => status.scope);
    const changed = this.parts.state.history().map(({ scope }) => scope);
    const names = [...scopesInCode(this.parts.modules), ...shown, ...changed].filter(
      (scope) => scope !== null,
    );
    return [...new Set(names)].toSorted();
  }

  #addressOf(request: unknown): string | undefined {
    const { callbacks, getClientIp } = this.parts.options;
    const address: unknown = callbacks.call(
      'getClientIp',
      () => settled(getClientIp(request)),
      () => undefined,
    );
    return typeof address === 'string' ? address : undefined;
  }

  /** What `?done=` refers to: a change in the history, so that no link can make the page say what is not true. */
  #doneNotice({ facts }: RouteCall, viewer: string, items: readonly StatusItem[]): Notice | null {
    const { options, state } = this.parts;
    const revision = Number(queryOf(facts.url).get('done') ?? NaN);
    const [change, ...more] = state.history().filter((candidate) => candidate.revision === revision);
    if (change === undefined) {
      // Without a history, the page does not know who has changed what.
      const isLast = options.history.keep === 0 && revision === state.record?.revision;
      return isLast ? { kind: 'done', title: 'Done. This page shows what is set now.' } : null;
    }
    const who = change.by === null || change.by === viewer ? 'You' : isolated(change.by);
    const others = items
      .map(({ status }) => status)
      .filter((status) => status.state !== 'off' && status.scope !== change.scope);
    const what = more.length > 0 ? 'turned everything off' : changeWords(change);
    return {
      kind: 'done',
      title: markup`${who} ${what}.`,
      ...(others.length > 0 && { text: markup`Still on or planned: ${namesOf(others)}.` }),
    };
  }
}

function namesOf(statuses: readonly MaintenanceStatus[]): Markup {
  const names = statuses.map(({ scope }, index) => markup`${index === 0 ? '' : ', '}${scopePhrase(scope)}`);
  return joined(names);
}

const UNREADABLE = {
  title: 'The stored text cannot be understood',
  text: 'Somebody may have edited it. The last known state stays in effect. To turn the whole application on or off replaces it.',
};

/** Classes do not change, so those of an application are read once. */
const scopesOf = new WeakMap<ModulesContainer, ReadonlySet<string>>();

/** The names in `@MaintenanceScope()` of all controllers and providers. */
export function scopesInCode(modules: ModulesContainer): ReadonlySet<string> {
  let scopes = scopesOf.get(modules);
  if (!scopes) scopesOf.set(modules, (scopes = readScopes(modules)));
  return scopes;
}

function readScopes(modules: ModulesContainer): ReadonlySet<string> {
  const scanner = new MetadataScanner();
  const types = new Set<unknown>();
  for (const { controllers, providers } of modules.values()) {
    for (const { metatype } of [...controllers.values(), ...providers.values()]) types.add(metatype);
  }
  const scopes = new Set<string>();
  for (const type of types) {
    const prototype: unknown = memberOfFunction(type, 'prototype');
    if (typeof prototype !== 'object' || prototype === null) continue;
    for (const name of scanner.getAllMethodNames(prototype)) {
      const method = memberOf(prototype, name);
      if (typeof method !== 'function') continue;
      const rule = routeRuleOf(type as Type, method);
      if (rule.kind === 'scope' && rule.scope !== undefined) scopes.add(rule.scope);
    }
  }
  return scopes;
}

function memberOfFunction(target: unknown, name: string): unknown {
  return typeof target === 'function' ? Reflect.get(target, name) : undefined;
}

type Options = Pick<ResolvedOptions, 'ignore' | 'bypass' | 'response'>;

/** Who passes while maintenance is active: one line for each rule of the options. */
function whoPasses({ ignore, bypass, response }: Options, issuedSecrets: number): readonly string[] {
  const { anonymousUsers, authenticatedUsers, staff, superusers, adminSite, urls = [], ipAddresses } = ignore;
  const lines: (string | false | undefined)[] = [
    bypass.secret !== undefined && 'Whoever has the bypass secret of the options',
    issuedSecrets > 0 &&
      `Whoever has ${issuedSecrets === 1 ? 'the bypass link' : `one of the ${issuedSecrets} bypass links`} made here`,
    anonymousUsers && 'Users who are not logged in',
    authenticatedUsers && 'Users who are logged in',
    staff && 'Staff',
    superusers && 'Superusers',
    ipAddresses.length > 0 &&
      `${ipAddresses.length} ${ipAddresses.length === 1 ? 'address or range' : 'addresses or ranges'} of ignore.ipAddresses`,
    adminSite !== undefined && `Requests below ${adminSite}`,
    urls.length > 0 && `Requests for ${urls.map(String).join(', ')}`,
    ignore.when !== undefined && 'Requests for which ignore.when returns true',
    ignore.tests === true && 'Everything while a test runner runs the process',
    response.redirectUrl !== undefined && `Requests for ${response.redirectUrl}, where visitors are sent`,
  ];
  return lines.filter((line) => typeof line === 'string');
}
