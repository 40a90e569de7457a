import { once } from 'node:events';
import { get } from 'node:http';
import { text } from 'node:stream/consumers';

/** Of the connection or of the moment. */
const NOT_COMPARED = ['connection', 'keep-alive', 'date'];

/** The answer as a client sees it. */
export async function seeAnswer(url, { path, headers }) {
  const request = get(url + path, { headers, agent: false });
  const [response] = await once(request, 'response');
  const kept = Object.entries(response.headers).filter(([name]) => !NOT_COMPARED.includes(name));
  return {
    statusCode: response.statusCode,
    // In one order: frameworks put their own in other places.
    headers: Object.fromEntries(kept.toSorted(([a], [b]) => (a < b ? -1 : 1))),
    body: await text(response),
  };
}
