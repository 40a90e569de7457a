/**
 * The other end of `startChild`: answers its commands, one at a time, until it lets go.
 *
 * @param end what is to be done before the process ends.
 */
export function obey(commands, end = async () => {}) {
  const answer = async ({ command, question }) => {
    process.send((await commands[command](question)) ?? null);
  };
  const leave = async () => {
    await end();
    process.exit();
  };
  // A rejection ends the process, of which the other end hears.
  process.on('message', (message) => void answer(message));
  process.once('disconnect', () => void leave());
}
