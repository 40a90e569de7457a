const NOTHING = new Int32Array(new SharedArrayBuffer(4));

/** Stops this process as SIGSTOP does: no timer runs, and nothing is received. */
export function freeze(ms: number): void {
  Atomics.wait(NOTHING, 0, 0, ms);
}
