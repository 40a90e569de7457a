import { Injectable } from '@nestjs/common';
import type { RequestFacts } from '../interfaces/request-facts.js';
import { AdapterBridgeHost } from '../http/adapter-bridge-host.js';
import { isUpgrade, requestOf } from './graphql-request.js';
import type { GraphqlInfo } from './graphql-schema.js';
import { mayWrite } from './graphql-writes.js';
import { withMethod } from './with-method.js';

/** What is known of the HTTP request that brought an operation. */
@Injectable()
export class GraphqlRequests {
  constructor(private readonly host: AdapterBridgeHost) {}

  /** @returns null where there is none: nothing is exempt. The method says what the field does, not how it was sent. */
  facts(context: unknown, info: GraphqlInfo): RequestFacts | null {
    const request = requestOf(context);
    if (request === null) return null;
    const facts = isUpgrade(request)
      ? this.host.bridge.upgradeFacts(request)
      : this.host.bridge.facts(request);
    return withMethod(facts, mayWrite(info) ? 'POST' : 'GET');
  }
}
