import { Injectable } from '@nestjs/common';
import type { RequestFacts } from '../interfaces/request-facts.js';
import { HttpPlatformHost } from '../http/http-platform-host.js';
import { isUpgrade, requestOf } from './graphql-request.js';
import type { GraphqlInfo } from './graphql-schema.js';
import { mayWrite } from './graphql-writes.js';
import { withMethod } from './with-method.js';

/** What is known of the HTTP request that brought an operation. */
@Injectable()
export class GraphqlRequests {
  constructor(private readonly platformHost: HttpPlatformHost) {}

  /** @returns null where there is none: nothing is exempt. The method says what the field does, not how it was sent. */
  facts(context: unknown, info: GraphqlInfo): RequestFacts | null {
    const request = requestOf(context);
    if (request === null) return null;
    const facts = isUpgrade(request)
      ? this.platformHost.upgradeFacts(request)
      : this.platformHost.platform.facts(request);
    return withMethod(facts, mayWrite(info) ? 'POST' : 'GET');
  }
}
