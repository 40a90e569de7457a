import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { PageLanguage } from '../response/languages.js';
import { Responder } from '../response/responder.js';
import { bannerScript } from './banner-script.js';
import type { RouteCall, RouteReply } from './route-call.js';

interface PreparedScript {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The announcement for the pages of the application, as a script in the visitor's language. Prepared once for each of them. */
@Injectable()
export class Banner {
  readonly #prepared = new Map<PageLanguage, PreparedScript>();

  constructor(@Inject(Responder) private readonly responder: Responder) {}

  reply({ facts: { headers } }: RouteCall): RouteReply {
    const script = this.#script(this.responder.languages.choose(headers['accept-language']));
    const known = headers['if-none-match'] ?? '';
    const isKnown = known.split(',').some((tag) => tag.trim().replace(/^W\//, '') === script.headers['ETag']);
    return isKnown
      ? { statusCode: 304, headers: script.headers, body: '' }
      : { statusCode: 200, headers: script.headers, body: script.body };
  }

  #script(language: PageLanguage): PreparedScript {
    let script = this.#prepared.get(language);
    if (!script) this.#prepared.set(language, (script = prepared(language)));
    return script;
  }
}

function prepared(language: PageLanguage): PreparedScript {
  const body = bannerScript(language);
  const digest = createHash('sha256').update(body, 'utf8').digest('base64url').slice(0, 22);
  return {
    body,
    headers: {
      'Content-Type': 'text/javascript; charset=utf-8',
      'Content-Language': language.tag,
      Vary: 'Accept-Language',
      // It is the same until the next release; whether there is something to announce, it asks by itself.
      'Cache-Control': 'public, max-age=3600',
      ETag: `"${digest}"`,
      'X-Content-Type-Options': 'nosniff',
    },
  };
}
