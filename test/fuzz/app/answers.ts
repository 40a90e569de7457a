import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { FILE_HEADER, filtered, inFront, note, type Noted } from '../journal.js';

interface RawResponse {
  setHeader(name: string, value: string): unknown;
  end(body: string): unknown;
}

interface RawRequest extends Noted {
  url?: string;
}

/** Middleware of both adapters, and raw routes of Express. */
export type Middleware = (request: RawRequest, response: RawResponse, next: () => void) => void;

/** Middleware that answers. */
export function answering(name: string): Middleware {
  return (request, response) => {
    note(request, name);
    response.end(name);
  };
}

/** Middleware that answers what asks for it, and passes on the rest. */
export const sometimesAnswering: Middleware = (request, response, next) => {
  if (!request.url?.includes('mw')) return next();
  note(request, inFront('asked for'));
  response.end('asked for');
};

export const passingOn: Middleware = (_request, response, next) => {
  response.setHeader('X-Passed', 'yes');
  next();
};

/** Serves another route than the one that the client asked for: Express looks at `url` again after each middleware. */
export const rewriting: Middleware = (request, _response, next) => {
  request.url = (request.url ?? '').replace(/\/off\/rewritten/i, '/raw/rewritten');
  next();
};

/** Answers whatever is thrown in words of its own, also with maintenance on. */
@Catch()
export class CatchAll implements ExceptionFilter {
  constructor(private readonly host: HttpAdapterHost) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const status = exception instanceof HttpException ? exception.getStatus() : 500;
    note(http.getRequest(), filtered(status));
    this.host.httpAdapter.reply(http.getResponse(), { caught: true }, status);
  }
}

type HeaderTarget = Partial<Record<'header' | 'setHeader', (name: string, value: string) => unknown>>;

/** Of `serveStaticOptions`: what it gets differs between the adapters, and between Fastify's two ways to send a file. */
export function markFile(response: HeaderTarget): void {
  if (response.setHeader) response.setHeader(FILE_HEADER, 'yes');
  else response.header?.(FILE_HEADER, 'yes');
}
