import { connect } from 'node:net';
import { FILE_HEADER, ID_HEADER, takeNotes } from './journal.js';
import type { FuzzRequest } from './requests.js';

const LIMIT_MS = 60_000;
const CONTINUE = /^HTTP\/1\.1 100 [^]*?\r\n\r\n/;

export interface Outcome {
  /** 0 where the connection was closed without an answer. */
  readonly status: number;
  /** Whether the answer is one of maintenance mode. */
  readonly isMaintenance: boolean;
  /** All that ran for the request and answers. */
  readonly ran: readonly string[];
}

let sent = 0;

/** Writes the request as it is: a client of HTTP would tidy it up. */
export async function send(port: number, { method, target, headers, body }: FuzzRequest): Promise<Outcome> {
  sent += 1;
  const id = String(sent);
  const lines = [...headers, [ID_HEADER, id], ['Connection', 'close']].map((field) => field.join(': '));
  const text = [`${method} ${target} HTTP/1.1`, ...lines, '', body].join('\r\n');
  const answer = await exchange(port, Buffer.from(text, 'latin1'));
  const [head = ''] = answer.replace(CONTINUE, '').split('\r\n\r\n', 1);
  const file = new RegExp(`^${FILE_HEADER}:`, 'im').test(head) ? ['file'] : [];
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0),
    isMaintenance: /^maintenance-mode: active\r?$/im.test(head),
    ran: [...takeNotes(id), ...file],
  };
}

function exchange(port: number, request: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    socket.setTimeout(LIMIT_MS, () =>
      socket.destroy(new Error(`No answer to ${request.toString('latin1')}`)),
    );
    socket.on('data', (chunk) => chunks.push(chunk));
    // A server that closes early may reset the connection when the answer is long there.
    socket.on('error', (error: NodeJS.ErrnoException) => error.code !== 'ECONNRESET' && reject(error));
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
  });
}
