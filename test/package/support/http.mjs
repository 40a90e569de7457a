import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** Asks once, on a connection of its own. Not by `fetch`, which adds the headers of a browser. */
export function ask(url, { method = 'GET', headers = {}, json } = {}) {
  return new Promise((resolve, reject) => {
    const body = json === undefined ? '' : JSON.stringify(json);
    const own =
      json === undefined ? {} : { 'content-type': 'application/json', 'content-length': body.length };
    const sent = request(url, { method, agent: false, headers: { ...headers, ...own } }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const bytes = Buffer.concat(chunks);
        resolve({
          status: response.statusCode,
          headers: response.headers,
          bytes,
          text: bytes.toString('utf8'),
        });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Asks until the answer has a status: a change of the file is seen soon, not at once. */
export async function askUntil(status, url, limitMs = 10_000) {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const response = await ask(url);
    if (response.status === status) return response;
    if (Date.now() > deadline)
      throw new Error(`Waited ${limitMs} ms for ${status}, still got ${response.status}`);
    await delay(20);
  }
}
