import { get } from 'node:http';
import { text } from 'node:stream/consumers';

export interface Answer {
  readonly status: number | undefined;
  readonly maintenance: string | undefined;
  readonly retryAfter: string | undefined;
  readonly body: string;
}

/** Asks on a connection of its own. */
export async function ask(url: string, accept: string): Promise<Answer> {
  const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    get(url, { agent: false, headers: { accept } }, resolve).on('error', reject);
  });
  const { statusCode, headers } = response;
  return {
    status: statusCode,
    maintenance: headers['maintenance-mode']?.toString(),
    retryAfter: headers['retry-after'],
    body: await text(response),
  };
}
