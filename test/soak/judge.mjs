/** Whether what a client got, and what ran, may be while maintenance was surely on, or surely off. */

/** What parsers and routers answer on their own, and routes to requests that are malformed or not allowed. */
const REFUSALS = [400, 401, 403, 404, 405, 408, 411, 413, 414, 415, 417, 418, 431];
/** And 301: static files redirect to a folder, and on the way to a handler that may be exempt a redirect passes. */
const OF_ROUTERS = [...REFUSALS.filter((status) => ![404, 418].includes(status)), 301];

/** What happened in the millisecond in which a span ends may have happened after it. */
const within = (spans, from, to) => spans.some((span) => span.from <= from && to < span.to);

/** @returns what must not be, in words, each with the request. */
export function judge(outcomes, notes, { on, off, sent }) {
  const found = [];
  const requests = new Map();
  const opened = new Set();
  for (const { id, what } of notes) if (what.startsWith('open ')) opened.add(id);
  for (const outcome of outcomes) {
    if (outcome.problem) found.push({ words: outcome.problem, outcome });
    for (const [index, request] of outcome.requests.entries()) {
      requests.set(request.id, { request, outcome });
      const answer = outcome.answers[index];
      if (!answer || request.isStaff) continue;
      const words = wordsFor(request, answer, { opened, on, off, began: outcome.began });
      if (words) found.push({ words, outcome });
    }
  }
  for (const { id, what, user, at } of notes) {
    const outcome = requests.get(id)?.outcome;
    if (!sent.has(id)) found.push({ words: `"${what}" ran for ${id}, which was never sent` });
    else if (what.startsWith('closed ') && user !== 'staff' && outcome && within(on, outcome.began, at))
      found.push({ words: `"${what}" ran for ${id} while maintenance was on`, outcome });
  }
  return found;
}

function wordsFor({ id, method, head }, { status, headers, at }, { opened, on, off, began }) {
  const isMaintenance = headers['maintenance-mode'] !== undefined;
  const by = headers['x-soak-by']?.[0];
  const words = `${id} got ${status}${by ? ` by ${by}` : ''}`;
  if (within(off, began, at) && isMaintenance) return `${words} of maintenance while it was off`;
  if (!within(on, began, at) || opened.has(id)) return undefined;
  if (by !== undefined && !isMaintenance) return `${words} while maintenance was on`;
  if (status === 503 && isMaintenance) return undefined;
  // The parser of bodies fails in front of the guards (@fastify/compress, whose error Nest takes for one of its own).
  if (status === 500 && head.includes('Content-Encoding')) return undefined;
  // A preflight; and Fastify answers an upgrade or a TRACE in its own way.
  if (OF_ROUTERS.includes(status) || (method === 'OPTIONS' && status === 204)) return undefined;
  return `${words}, not 503, while maintenance was on`;
}
