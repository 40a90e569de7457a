import type { History } from '../history.js';

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Whether the storage may have forgotten something at a time, and the processes have not agreed since then. */
export function lossesOf(history: History): (at: number) => boolean {
  const spans = lossySpans(history);
  return (at) => spans.some(({ from, to }) => from <= at && at <= to);
}

/** Each from the beginning of a fault that loses data until all agree again. */
export function lossySpans(history: History): readonly Span[] {
  const spans: { readonly from: number; to: number }[] = [];
  for (const entry of history) {
    const last = spans.at(-1);
    if (entry.kind === 'fault' && entry.losesData && entry.phase === 'begins') {
      if (last?.to !== Infinity) spans.push({ from: entry.at, to: Infinity });
    }
    if (entry.kind === 'settled' && last?.to === Infinity) last.to = entry.at;
  }
  return spans;
}
