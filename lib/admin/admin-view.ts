import type { Markup } from '../response/html.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import type { MaintenanceChange, MaintenanceStatus } from '../interfaces/maintenance-status.js';

/** One entry of the list: the application or a scope, now or in its next stage. */
export interface AdminItem {
  readonly status: MaintenanceStatus;
  /** Internal: not shown to visitors. */
  readonly note: string | null;
  /** Addresses and ranges that are let in. */
  readonly allow: readonly string[];
  /** When visitors are told of it; null: by default. */
  readonly announceFrom: Date | null;
  /** Since when it has been active without a break. */
  readonly since: Date | null;
  /** The revision of the record that has set it. */
  readonly setIn: number;
  /** The planned stage of what is active already. */
  readonly isNext: boolean;
}

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
export interface FormSeal {
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
  readonly items: readonly AdminItem[];
  /** The scopes of the application's handlers, and others that are or were on. */
  readonly knownScopes: readonly string[];
  readonly seal: FormSeal | null;
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
