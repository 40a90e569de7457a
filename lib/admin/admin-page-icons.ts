import { markup, type Markup } from '../response/html.js';
import type { Look } from './admin-words.js';

const PATHS: Readonly<Record<Look, string>> = {
  off: 'M5 12.5l4.5 4.5L19 7.5',
  planned: 'M12 7v5l3.5 2M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17z',
  limited:
    'M2.5 12s3.5-6 9.5-6 9.5 6 9.5 6-3.5 6-9.5 6-9.5-6-9.5-6zM12 14.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z',
  on: 'M14.7 6.3a4 4 0 0 0-5.2 5.2l-5.9 5.9a1.8 1.8 0 0 0 0 2.5l.5.5a1.8 1.8 0 0 0 2.5 0l5.9-5.9a4 4 0 0 0 5.2-5.2l-2.5 2.5-2.4-.6-.6-2.4z',
};

/** A state is told by its icon and its word, not by its color alone. */
export function icon(look: Look): Markup {
  return markup`<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="${PATHS[look]}"/></svg>
`;
}
