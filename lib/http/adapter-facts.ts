import type { IncomingHttpHeaders } from 'node:http';
import type { RequestFacts } from '../interfaces/request-facts.js';

/** What the requests of both adapters have. */
export interface AdapterRequest {
  readonly method: string;
  readonly originalUrl: string;
  readonly headers: IncomingHttpHeaders;
  readonly host?: string;
  readonly protocol: string;
}

/** Reads what a rule asks for, and no more: adapters work out host and protocol anew each time. */
export class AdapterFacts implements RequestFacts {
  constructor(readonly request: AdapterRequest) {}

  get method(): string {
    return this.request.method;
  }

  get url(): string {
    return this.request.originalUrl;
  }

  get headers(): IncomingHttpHeaders {
    return this.request.headers;
  }

  get host(): string {
    return this.request.host ?? '';
  }

  get secure(): boolean {
    return this.request.protocol === 'https';
  }
}
