import { memberOf } from '../validation/member.js';
import type { SingleClient } from './redis-client.js';

/**
 * Ends a client at once, whatever state it is in, and never throws: this runs in timers and in event listeners.
 *
 * A cluster throws if one of its connections is closed already, and leaves the others open. Those are ended here.
 */
export function destroyClient(client: SingleClient): void {
  // Taken before: a cluster forgets its nodes by and by.
  const connections = connectionsOf(client);
  if (!tryToDestroy(client)) connections.forEach(tryToDestroy);
}

/** The connections of a cluster; none for other kinds of clients. */
function connectionsOf(client: unknown): readonly unknown[] {
  const listOf = (name: string): readonly unknown[] => {
    const nodes = memberOf(client, name);
    return Array.isArray(nodes) ? nodes : [];
  };
  const nodes = [...listOf('masters'), ...listOf('replicas'), memberOf(client, 'pubSubNode')];
  return nodes.flatMap((node) => [memberOf(node, 'client'), memberOf(memberOf(node, 'pubSub'), 'client')]);
}

function tryToDestroy(client: unknown): boolean {
  const destroy = memberOf(client, 'destroy');
  if (typeof destroy !== 'function') return false;
  try {
    // One kind of node-redis returns a promise.
    const ended: unknown = destroy.call(client);
    if (ended instanceof Promise) ended.catch(() => undefined);
    return true;
  } catch {
    // Closed already.
    return false;
  }
}
