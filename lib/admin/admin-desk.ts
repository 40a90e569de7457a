import { Inject, Injectable } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { MaintenanceForcedError, MaintenanceStorageError } from '../errors.js';
import { InFlightWork } from '../drain/in-flight-work.js';
import { AdapterBridgeHost } from '../http/adapter-bridge-host.js';
import { CONTROLLER_SETTINGS, RESOLVED_OPTIONS } from '../interfaces/tokens.js';
import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';
import type { ResolvedController, ResolvedOptions } from '../options/resolved-options.js';
import { CurrentState } from '../state/current-state.js';
import { EMPTY_RECORD, entryOf, OFF_ENTRY } from '../state/maintenance-record.js';
import { dateOf, plannedAt, stageAt } from '../state/window.js';
import { StateWriter } from '../state/state-writer.js';
import type { AdminItem, AdminView, Draft, FormSeal, Notice } from './admin-view.js';
import { changeWords } from './admin-words.js';
import { markup, type Markup } from '../response/html.js';
import { isolated, joined } from './lists.js';
import { issueToken } from './confirm-token.js';
import { parentUrl, queryOf, siblingUrl } from './locations.js';
import { openRoutes } from './own-routes.js';
import type { RouteCall } from './route-call.js';
import { scopesInCode } from './scopes-in-code.js';
import { INSTANCE } from './status-body.js';
import { signingKey } from './toggle.js';
import { whoPasses } from './who-passes.js';

/** Gathers what the admin page shows. */
@Injectable()
export class AdminDesk {
  #scopesInCode: ReadonlySet<string> | undefined;

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(CONTROLLER_SETTINGS) private readonly settings: ResolvedController,
    private readonly state: CurrentState,
    private readonly writer: StateWriter,
    private readonly work: InFlightWork,
    private readonly host: AdapterBridgeHost,
    private readonly modules: ModulesContainer,
  ) {}

  /** @param draft what was typed into a form that was not accepted. */
  async view(
    call: RouteCall,
    viewer: string,
    notice?: Notice,
    draft: Draft | null = null,
  ): Promise<AdminView> {
    const { facts } = call;
    const { seal, warnings } = await this.#seal(viewer);
    const items = this.items();
    return {
      now: new Date(),
      viewer,
      viewerIp: this.#addressOf(facts.request),
      action: siblingUrl(facts.url, 'admin'),
      statusUrl: parentUrl(facts.url),
      items,
      knownScopes: this.#knownScopes(items),
      seal,
      warnings,
      notice: notice ?? this.#doneNotice(call, viewer, items),
      draft,
      storage: [this.options.storage.name, this.options.storage.location].filter(Boolean).join(', '),
      instance: INSTANCE,
      inFlight: await this.inFlight(facts.request),
      openRoutes: openRoutes(this.host.bridge, this.settings),
      passes: whoPasses(this.options, this.state.issuedSecrets().length),
      history: this.state.history(),
      limits: this.options.limits,
    };
  }

  /** How many requests and jobs are in flight in this process, without the one that asks. */
  async inFlight(request: unknown): Promise<number> {
    const { remaining } = await this.work.drained(0, request as object);
    return remaining;
  }

  /** Reads the storage, so that the page shows what is stored. */
  async #seal(viewer: string): Promise<{ seal: FormSeal | null; warnings: AdminView['warnings'] }> {
    try {
      const signing = await signingKey(this.writer);
      if (signing === null) return { seal: this.#unsigned(), warnings: [UNREADABLE] };
      const { key, revision } = signing;
      const now = Date.now();
      return {
        seal: {
          revision,
          token: (action) => issueToken(key, { action: `admin ${action}`, user: viewer, revision }, now),
        },
        warnings: [],
      };
    } catch (error) {
      if (error instanceof MaintenanceForcedError)
        return { seal: null, warnings: [{ title: 'Nothing can be changed here', text: error.message }] };
      if (!(error instanceof MaintenanceStorageError)) throw error;
      return {
        seal: null,
        warnings: [
          {
            title: 'The storage does not answer',
            text: `${error.message} This is the last known state, and it stays in effect. Load the page again to change something.`,
          },
        ],
      };
    }
  }

  #unsigned(): FormSeal {
    return { revision: this.state.record?.revision ?? 0, token: () => null };
  }

  /** The application and the scopes that are not off, with what only superusers see. */
  items(): readonly AdminItem[] {
    const record = this.state.record ?? EMPTY_RECORD;
    const now = Date.now();
    const seen = new Set<string | null>();
    return this.state.list().map((status) => {
      const isNext = seen.has(status.scope);
      seen.add(status.scope);
      const entry = entryOf(record, status.scope);
      const stage = isNext ? plannedAt(entry, now) : stageAt(entry, now);
      const { note, allow, announceFrom } = status.state === 'off' ? OFF_ENTRY : (stage ?? OFF_ENTRY);
      return {
        status,
        note,
        allow,
        announceFrom: dateOf(announceFrom),
        since: isNext ? null : this.state.activeSince(status.scope),
        setIn: (stage ?? entry).revision,
        isNext,
      };
    });
  }

  #knownScopes(items: readonly AdminItem[]): readonly string[] {
    this.#scopesInCode ??= scopesInCode(this.modules);
    const shown = items.map(({ status }) => status.scope);
    const changed = this.state.history().map(({ scope }) => scope);
    const names = [...this.#scopesInCode, ...shown, ...changed].filter((scope) => scope !== null);
    return [...new Set(names)].toSorted();
  }

  #addressOf(request: unknown): string | undefined {
    const { callbacks, getClientIp } = this.options;
    return callbacks.call(
      'getClientIp',
      () => getClientIp(request),
      () => undefined,
    );
  }

  /** What `?done=` refers to: a change in the history, so that no link can make the page say what is not true. */
  #doneNotice({ facts }: RouteCall, viewer: string, items: readonly AdminItem[]): Notice | null {
    const revision = Number(queryOf(facts.url).get('done') ?? NaN);
    const [change, ...more] = this.state.history().filter((candidate) => candidate.revision === revision);
    if (change === undefined) {
      // Without a history, the page does not know who has changed what.
      const isLast = this.options.history.keep === 0 && revision === this.state.record?.revision;
      return isLast ? { kind: 'done', title: 'Done. This page shows what is set now.' } : null;
    }
    const who = change.by === null || change.by === viewer ? 'You' : isolated(change.by);
    const others = items
      .map(({ status }) => status)
      .filter(({ state, scope }) => state !== 'off' && scope !== change.scope);
    const what = more.length > 0 ? 'turned everything off' : changeWords(change);
    return {
      kind: 'done',
      title: markup`${who} ${what}.`,
      ...(others.length > 0 && { text: markup`Still on or planned: ${namesOf(others)}.` }),
    };
  }
}

function namesOf(statuses: readonly MaintenanceStatus[]): Markup {
  const names = statuses.map(({ scope }) => (scope === null ? markup`the application` : isolated(scope)));
  return joined(names.map((name, index) => (index === 0 ? name : markup`, ${name}`)));
}

const UNREADABLE = {
  title: 'The stored text cannot be understood',
  text: 'Somebody may have edited it. The last known state stays in effect. To turn the whole application on or off replaces it.',
};
