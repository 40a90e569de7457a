import type { IncomingMessage } from 'node:http';
import type { RequestFacts } from '../interfaces/request-facts.js';
import type { Door } from './gate/door.js';

/** What is sent at the end of a request. */
export interface Reply {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | string;
}

/** What differs between Express and Fastify. */
export interface HttpPlatform {
  readonly door: Door;
  readonly facts: (request: unknown) => RequestFacts;
  /** Those of a request that Node handed over as it came, since it asks for a WebSocket: no router has seen it. */
  upgradeFacts(request: IncomingMessage, instance: unknown): RequestFacts;
  /** Sets headers that stay, whoever writes the body. `Vary` is added to what is there. */
  setHeaders(response: unknown, headers: Readonly<Record<string, string>>): void;
  /** Whether the application renders views, which may want to know. */
  hasViews(instance: unknown): boolean;
  /** Gives a value to the views that this response renders. */
  setLocal(response: unknown, name: string, value: unknown): void;
  /** Answers. A HEAD request gets the headers alone. */
  send(response: unknown, reply: Reply): void;
}

/** `Vary` with one more field in it. */
export function addVary(current: number | string | readonly string[] | undefined, field: string): string {
  const fields = [current ?? []].flat().join(', ');
  if (fields === '') return field;
  const names = fields.split(',').map((name) => name.trim().toLowerCase());
  return names.includes('*') || names.includes(field.toLowerCase()) ? fields : `${fields}, ${field}`;
}
