import type { ServerResponse } from 'node:http';
import type { RequestFacts } from '../interfaces/request-facts.js';
import { AdapterFacts, type AdapterRequest } from './adapter-facts.js';
import { expressDoor } from './gate/express-door.js';
import { addVary, type HttpPlatform, type Reply } from './http-platform.js';

interface ExpressResponse extends ServerResponse {
  readonly locals: Record<string, unknown>;
}

interface ExpressApplication {
  readonly request: object;
  readonly engines: Readonly<Record<string, unknown>>;
  get(setting: string): unknown;
}

export const expressPlatform: HttpPlatform = {
  door: expressDoor,

  facts: (request) => new AdapterFacts(request as AdapterRequest),

  /** Express gives requests their members, `ip` among them, by the prototype, as it is done here. */
  upgradeFacts(request, instance): RequestFacts {
    const prototype = (instance as ExpressApplication).request;
    if (!prototype.isPrototypeOf(request)) {
      Object.setPrototypeOf(request, prototype);
      Object.assign(request, { originalUrl: request.url });
    }
    return this.facts(request);
  },

  setHeaders(response, headers): void {
    const target = response as ServerResponse;
    for (const [name, value] of Object.entries(headers)) {
      target.setHeader(name, name === 'Vary' ? addVary(target.getHeader('Vary'), value) : value);
    }
  },

  hasViews(instance) {
    const application = instance as ExpressApplication;
    return Object.keys(application.engines).length > 0 || application.get('view engine') !== undefined;
  },

  setLocal(response, name, value) {
    (response as ExpressResponse).locals[name] = value;
  },

  /** Not by `response.send`, which would add an ETag. */
  send(response, { statusCode, headers, body }: Reply): void {
    const target = response as ServerResponse;
    this.setHeaders(response, headers);
    target.statusCode = statusCode;
    target.end(body);
  },
};
