import { AbstractGraphQLDriver, type GqlModuleOptions } from '@nestjs/graphql';
import { graphql, lexicographicSortSchema } from 'graphql';

/** A driver that nobody knows: it executes a copy of the schema with graphql-js alone. */
export class PlainDriver extends AbstractGraphQLDriver {
  readonly instance = null;

  start({ path = '', schema }: GqlModuleOptions): Promise<void> {
    const copy = schema && lexicographicSortSchema(schema);
    const answer = async (asked: { body: { query: string } }, response: { json(body: unknown): void }) => {
      if (copy)
        response.json(
          await graphql({ schema: copy, source: asked.body.query, contextValue: { req: asked } }),
        );
    };
    this.httpAdapterHost.httpAdapter.post(path, answer);
    return Promise.resolve();
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }
}
