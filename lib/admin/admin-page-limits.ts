import type { AdminView } from './admin-view.js';

type Limits = AdminView['limits'];

/** How long maintenance lasts: minutes, `until` a time, or until it is turned `off`. */
const DURATIONS = ['15', '30', '60', '120', 'until', 'off'] as const;
type Duration = (typeof DURATIONS)[number];

/** The durations that the limits allow. Something without an end gets the default one, or is refused. */
export function durationsWithin({ maxDurationSeconds, defaultDurationSeconds }: Limits): readonly Duration[] {
  const max = maxDurationSeconds ?? Infinity;
  const isEndless = maxDurationSeconds === undefined && defaultDurationSeconds === undefined;
  return DURATIONS.filter((duration) => {
    if (duration === 'until') return true;
    return duration === 'off' ? isEndless : Number(duration) * 60 <= max;
  });
}

/** The duration that is chosen at first: 30 minutes, or the longest one that is shorter. */
export function firstDuration(durations: readonly Duration[]): Duration {
  return durations.includes('30') ? '30' : (durations[0] ?? 'until');
}

/** What an empty field for the end means. */
export function emptyEnd({ maxDurationSeconds, defaultDurationSeconds }: Limits): string {
  if (defaultDurationSeconds !== undefined) return `Empty: after ${inWords(defaultDurationSeconds)}.`;
  if (maxDurationSeconds !== undefined) return `At most ${inWords(maxDurationSeconds)} after it begins.`;
  return 'Empty: when it is turned off.';
}

function inWords(seconds: number): string {
  return seconds % 60 === 0 ? `${seconds / 60} minutes` : `${seconds} seconds`;
}
