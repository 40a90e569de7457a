import type { MaintenanceReasons } from '../interfaces/maintenance-status.js';
import { defaultLanguageOf, type KeptReason } from '../state/reasons.js';
import { LanguageLookup } from './language-lookup.js';

/** A reason as one client gets it. */
export interface ChosenReason {
  readonly text: string | null;
  /** RFC 5646; undefined if it is the same text for all languages. */
  readonly language: string | undefined;
}

const lookups = new WeakMap<MaintenanceReasons, LanguageLookup<ChosenReason>>();

/** The reason for a client with this `Accept-Language` header. */
export function reasonFor({ reason, reasons }: KeptReason, acceptLanguage: string | undefined): ChosenReason {
  if (reasons === null) return { text: reason, language: undefined };
  let lookup = lookups.get(reasons);
  if (!lookup) lookups.set(reasons, (lookup = lookupIn(reasons)));
  return lookup.choose(acceptLanguage);
}

function lookupIn(reasons: MaintenanceReasons): LanguageLookup<ChosenReason> {
  const first = defaultLanguageOf(reasons);
  const otherwise: ChosenReason = { text: reasons[first] ?? null, language: first };
  const others = Object.entries(reasons).map(([language, text]) => ({ language, text }));
  const byTag = new Map([otherwise, ...others].map((item) => [(item.language ?? first).toLowerCase(), item]));
  return new LanguageLookup<ChosenReason>(byTag, otherwise);
}
