import { afterEach, describe, expect, it } from '@jest/globals';
import { Mutation, Query, Resolver } from '@nestjs/graphql';
import { MaintenanceOff, MaintenanceService } from '../../lib/index.js';
import { graphqlServers } from '../support/graphql.js';
import { closeApps } from '../support/platforms.js';
import { rawRequest } from '../support/raw-request.js';
import { expectBlocked } from './blocked.js';
import { Conversation } from './conversation.js';

@Resolver()
class CatResolver {
  @Query(() => String)
  cat(): string {
    return 'Tom';
  }

  @Query(() => String)
  @MaintenanceOff()
  health(): string {
    return 'well';
  }

  @Mutation(() => String)
  feed(): string {
    return 'fed';
  }
}

const DOCUMENTS = [
  '{ __schema { types { name } } }',
  '{ __typename }',
  '{ __type(name: "Query") { name } }',
  'query { cat }',
  'mutation { feed }',
  '{ cat __schema { queryType { name } } }',
  'no document',
];

afterEach(closeApps);

async function post(
  port: number,
  body: string,
): Promise<{ status: number; headers: Record<string, unknown>; body: string }> {
  const conversation = await Conversation.begin(port);
  const head = `POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n`;
  conversation.write(`${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  try {
    return await conversation.answer();
  } finally {
    conversation.close();
  }
}

describe.each(graphqlServers)('GraphQL by $name', (server) => {
  it('answers HTTP 503 to whatever is asked, introspection too', async () => {
    const { port, get } = await server.create({ resolvers: [CatResolver] });
    const [introspection = ''] = DOCUMENTS;
    expect(await post(port, JSON.stringify({ query: introspection }))).toMatchObject({ status: 200 });
    await get(MaintenanceService).enable();
    for (const query of DOCUMENTS) expectBlocked(await post(port, JSON.stringify({ query })));
    expectBlocked(await post(port, JSON.stringify(DOCUMENTS.map((query) => ({ query })))));
    expectBlocked(await post(port, '{"query":'));
    for (const query of DOCUMENTS)
      expectBlocked(await rawRequest(port, `/graphql?query=${encodeURIComponent(query)}`));
    for (const path of ['/graphql', '/GRAPHQL', '/graphql/', '/graphiql'])
      expectBlocked(await rawRequest(port, path));
  });
});
