/** What was typed makes no command; the message says why. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
