import { openState } from './state.mjs';

/**
 * Turns maintenance on again and again, each time for a reason of its own, beside other processes that do the same. A toggle
 * that has lost to the others says so, and is made again. Tells the revisions that it was told, and how often it has lost.
 */
export async function toggleBesideOthers(options, name, toggles) {
  const { maintenance, close } = await openState(options);

  process.send('ready');
  await new Promise((resolve) => process.once('message', resolve));
  const revisions = [];
  let lost = 0;
  while (revisions.length < Number(toggles)) {
    try {
      const { revision, reason } = await maintenance.enable({ reason: `${name}-${revisions.length}` });
      revisions.push([revision, reason]);
    } catch (error) {
      if (error.code !== 'MAINTENANCE_CONFLICT') throw error;
      lost += 1;
    }
  }
  process.send({ revisions, lost });
  await close();
}
