/** The time that a call had is over. */
export class TimeLimitExceeded extends Error {
  override readonly name = 'TimeLimitExceeded';
}

/**
 * Runs a call and rejects when it takes longer than `ms`. The call itself goes on, its outcome is not looked at; one
 * whose time is over before it begins is not made.
 */
export async function withTimeLimit<T>(call: () => Promise<T>, ms: number, message: string): Promise<T> {
  if (ms <= 0) throw new TimeLimitExceeded(message);
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    // Not unref'ed: a process that waits for nothing but a storage that hangs would end without a word.
    timer = setTimeout(() => reject(new TimeLimitExceeded(message)), ms);
  });
  try {
    return await Promise.race([call(), limit]);
  } finally {
    clearTimeout(timer);
  }
}
