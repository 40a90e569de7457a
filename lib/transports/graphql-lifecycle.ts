import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { memberOf } from '../validation/member.js';
import { type GraphqlApi, GraphqlApis } from './graphql-apis.js';
import { GraphqlFields } from './graphql-fields.js';
import { GraphqlHandlers } from './graphql-handlers.js';
import type { GraphqlResolver } from './graphql-schema.js';

/** Puts {@link GraphqlFields} into the schemas of the application, once they are built and before anybody can ask. */
@Injectable()
export class GraphqlLifecycle implements OnApplicationBootstrap {
  constructor(
    private readonly apis: GraphqlApis,
    private readonly handlers: GraphqlHandlers,
    private readonly fields: GraphqlFields,
  ) {}

  onApplicationBootstrap(): void {
    for (const api of this.apis.all()) this.#guard(api);
  }

  #guard({ options, schemas }: GraphqlApi): void {
    const include = memberOf(options, 'include');
    const rules = this.handlers.of(Array.isArray(include) ? include : []);
    const others = [memberOf(options, 'resolvers')].flat();
    const fallback = memberOf(options, 'fieldResolver');
    for (const schema of schemas) {
      this.fields.guard(
        schema,
        (type, field) => ({
          rules: rules.get(`${type}.${field}`) ?? [],
          isNests: !others.some((resolvers) => memberOf(memberOf(resolvers, type), field) !== undefined),
        }),
        typeof fallback === 'function' ? (fallback as GraphqlResolver) : defaultResolver,
      );
    }
  }
}

/** As GraphQL does it where a field has no function of its own. */
const defaultResolver: GraphqlResolver = (source, args, context, info) => {
  if ((typeof source !== 'object' && typeof source !== 'function') || source === null) return undefined;
  const value: unknown = Reflect.get(source, info.fieldName);
  return typeof value === 'function' ? Reflect.apply(value, source, [args, context, info]) : value;
};
