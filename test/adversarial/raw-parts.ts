import type { INestApplication } from '@nestjs/common';

interface RawResponse {
  statusCode: number;
  setHeader(name: string, value: string): unknown;
  end(body?: string): unknown;
}

export type Middleware = (request: { url?: string }, response: RawResponse, next: () => void) => void;

/** Middleware that answers, on both adapters. */
export function answering(
  statusCode: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Middleware {
  return (_request, response) => {
    response.statusCode = statusCode;
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.end(body);
  };
}

interface RawRouter {
  get(
    path: string,
    handler: (request: object, response: { send(body: string): unknown }) => unknown,
  ): unknown;
}

/** A route that Nest knows nothing of. */
export function addRawRoute(app: INestApplication, path: string, body: string): void {
  const router = app.getHttpAdapter().getInstance() as RawRouter;
  router.get(path, (_request, response) => response.send(body));
}
