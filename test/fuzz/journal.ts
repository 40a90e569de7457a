/** What a request carries so that everything that runs for it can say so. */
export const ID_HEADER = 'x-fuzz-id';

/** Who a request is of, where the application asks. */
export const USER_HEADER = 'x-fuzz-user';

/** Sent by static files, which run no code that sees the request. */
export const FILE_HEADER = 'x-fuzz-file';

/** Of Express or Fastify, or the raw one that middleware gets. */
export interface Noted {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

const notes = new Map<string, string[]>();

/**
 * The name of what stands in front of an `@MaintenanceOff` handler: it belongs to that handler, and runs for it, but its own
 * answer must not come out instead.
 */
export function inFront(name: string): string {
  return `in front: ${name}`;
}

/** The name of what the application's exception filter did. */
export function filtered(status: number): string {
  return `filter: ${status}`;
}

/** Whether it may have run before something became a maintenance response. */
export function mayRunBehind(what: string): boolean {
  return what.startsWith('in front: ') || what.startsWith('filter: ');
}

/** Everything that answers a request notes that it ran: `off:...` for handlers that maintenance never blocks. */
export function note(request: Noted, what: string): void {
  const id = String(request.headers[ID_HEADER]);
  const earlier = notes.get(id);
  if (earlier) earlier.push(what);
  else notes.set(id, [what]);
}

/** What ran for a request, once. */
export function takeNotes(id: string): readonly string[] {
  const taken = notes.get(id) ?? [];
  notes.delete(id);
  return taken;
}
