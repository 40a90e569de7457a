/**
 * `did you mean "status"?`, with a space before it, or nothing if no known word is near.
 *
 * @param prefixed what stands before the word: the dashes of an option.
 */
export function suggestion(word: string, known: readonly string[], prefixed = ''): string {
  const [nearest] = known
    .map((candidate) => ({
      candidate,
      distance: distanceBetween(word.toLowerCase(), candidate.toLowerCase()),
    }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, Math.floor(candidate.length / 3)))
    // Of two that are equally near, what begins like the word: `of` is `off`, not `on`.
    .toSorted((a, b) => a.distance - b.distance || prefix(b.candidate, word) - prefix(a.candidate, word));
  return nearest === undefined ? '' : `; did you mean ${JSON.stringify(prefixed + nearest.candidate)}?`;
}

function prefix(candidate: string, word: string): number {
  return candidate.startsWith(word) ? 1 : 0;
}

/** How many letters to insert, remove, replace or swap with their neighbour to make one word of the other. */
export function distanceBetween(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number): number => rows[row]?.[column] ?? Infinity;
  for (let row = 1; row <= a.length; row += 1) {
    rows[row] = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const isSame = a[row - 1] === b[column - 1];
      const isSwapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      rows[row]?.push(
        Math.min(
          at(row - 1, column) + 1,
          at(row, column - 1) + 1,
          at(row - 1, column - 1) + (isSame ? 0 : 1),
          isSwapped ? at(row - 2, column - 2) + 1 : Infinity,
        ),
      );
    }
  }
  return at(a.length, b.length);
}
