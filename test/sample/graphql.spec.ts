import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { command, killCommands, makeProject } from '../support/command-line.js';
import { codes } from '../support/graphql-codes.js';
import { killSamples, startSample } from '../support/samples.js';
import { removeDirectories } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

let directory: string;

beforeEach(async () => {
  directory = await makeProject();
});

afterEach(async () => {
  await killCommands();
  await killSamples();
  await removeDirectories();
});

describe.each(['apollo', 'mercurius'])('the sample of GraphQL, with %s', (server) => {
  it('reads on while nothing can be changed, and closes a scope alone', async () => {
    const { said } = await startSample(`07-graphql/${server}`, directory, /The shop: (http\S+)\/graphql\n/);
    const ask = async (query: string) =>
      request(said[1] ?? '')
        .post('/graphql')
        .send({ query });
    const maintenance = async (...args: string[]): Promise<void> => {
      expect(await command(directory, ...args)).toMatchObject({ code: 0, stderr: '' });
    };
    const codesOf = async (query: string): Promise<unknown> => codes((await ask(query)).body);
    const buy = 'mutation { buy(id: "assam") { stock } }';
    expect((await ask(buy)).body).toEqual({ data: { buy: { stock: 11 } } });

    await maintenance('on', '--scope', 'checkout', '--reason', 'New till');
    await until('an error for sold', async () => 'sold' in ((await codesOf('{ sold }')) as object));
    const { body, status } = await ask('{ products { name } sold }');
    expect(status).toBe(200);
    expect(body.data).toEqual({ products: [{ name: 'Assam' }, { name: 'Sencha' }], sold: null });
    expect(body.errors).toMatchObject([
      { message: 'New till', extensions: { code: 'MAINTENANCE', scope: 'checkout' } },
    ]);
    await maintenance('off', '--scope', 'checkout');
    await until('sold', async () => (await ask('{ sold }')).body.data.sold !== null);

    await maintenance('on', '--read-only');
    await until('an error for buy', async () => (await ask(buy)).body.data.buy === null);
    const { stock } = (await ask('{ products { stock } }')).body.data.products[0] as { stock: number };
    expect(await codesOf(buy)).toEqual({ buy: 'MAINTENANCE' });
    expect((await ask('{ sold products { stock review } }')).body.data.products[0]).toEqual({
      stock,
      review: 'Assam: five stars',
    });
    await maintenance('off');
    await until('stock again', async () => (await ask(buy)).body.data.buy !== null);

    await maintenance('on', '--scope', 'reviews');
    await until(
      'an error for reviews',
      async () => 'products.0.review' in ((await codesOf('{ products { review } }')) as object),
    );
    expect((await ask('{ products { name review } }')).body.data.products[1]).toEqual({
      name: 'Sencha',
      review: null,
    });
  });
});
