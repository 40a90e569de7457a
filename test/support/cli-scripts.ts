/** Says that it has begun, and ends well with its input. */
export const UNTIL_INPUT_ENDS = 'console.log("at work"); process.stdin.resume();';

/** Says that it has begun, and ends with 7 at a signal, which it prints; with its input at the latest. */
export const UNTIL_SIGNAL = `
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']) {
    process.on(signal, () => { console.log('got ' + signal); process.exitCode = 7; process.stdin.destroy(); });
  }
  ${UNTIL_INPUT_ENDS}
`;
