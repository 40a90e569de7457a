/** What ran, for which request, and when: handlers of the application say so. */
let notes = [];

export function note(request, what) {
  const { 'x-soak-id': id, 'x-user': user } = request.headers;
  notes.push({ id: String(id), what, user, at: Date.now() });
}

export function takeNotes() {
  const taken = notes;
  notes = [];
  return taken;
}
