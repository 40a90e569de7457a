import { Injectable } from '@nestjs/common';
import { GraphqlApis } from './graphql-apis.js';
import { GraphqlFields } from './graphql-fields.js';

/**
 * Says which POST requests read-only maintenance may leave to GraphQL, since it asks again for each field: its endpoints,
 * where the schema that they execute is guarded. Where that cannot be told (a gateway, a driver that is not known here) a
 * POST is what it is elsewhere, a change.
 */
@Injectable()
export class GraphqlEndpoints {
  constructor(
    private readonly apis: GraphqlApis,
    private readonly fields: GraphqlFields,
  ) {}

  /**
   * Whether GraphQL decides on the request, by operation. For read-only maintenance alone: in full maintenance nothing is
   * left to it. Only the path as it was configured counts, in no other spelling.
   *
   * @param url the target as the client sent it
   */
  decidesOn({ method, url }: { readonly method: string; readonly url: string }): boolean {
    if (method !== 'POST') return false;
    const [path] = url.split('?', 1);
    return this.apis
      .all()
      .some((api) => api.path === path && api.executed !== null && this.fields.isGuarded(api.executed));
  }
}
