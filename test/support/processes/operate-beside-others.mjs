// Extending is a change of the routes and the command line, and the service has no method for it.
import { extendBy } from '../../../dist-modules/state/changes.js';
import { openState } from './state.mjs';

/**
 * Turns a scope on, updates it, extends the scope "shared" by a second and turns its own scope off, again and again, beside other
 * processes that do the same. The scope of the last round stays on. A change that has lost to the others says so, and is made
 * again. Tells how often that was.
 */
export async function operateBesideOthers(options, name, rounds) {
  const { maintenance, writer, close } = await openState({ history: { keep: 100 }, ...options });
  let lost = 0;
  const made = async (change) => {
    for (;;) {
      try {
        return await change();
      } catch (error) {
        if (error.code !== 'MAINTENANCE_CONFLICT') throw error;
        lost += 1;
      }
    }
  };

  process.send('ready');
  await new Promise((resolve) => process.once('message', resolve));
  for (let round = 1; round <= Number(rounds); round += 1) {
    const scope = `${name}-${round}`;
    const extend = extendBy(1000, { scope: 'shared', by: name });
    await made(() => maintenance.enable({ scope, by: name }));
    await made(() => maintenance.update({ scope, reason: `round ${round}`, by: name }));
    await made(() => writer.update(extend, { via: 'service' }));
    if (round < Number(rounds)) await made(() => maintenance.disable({ scope, by: name }));
  }
  process.send({ lost });
  await close();
}
