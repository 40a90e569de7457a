import { afterEach, describe, expect, it } from '@jest/globals';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Injectable, Module, Scope, type Type } from '@nestjs/common';
import {
  Field,
  GraphQLModule,
  ID,
  InterfaceType,
  Mutation,
  ObjectType,
  Query,
  ResolveField,
  Resolver,
} from '@nestjs/graphql';
import request from 'supertest';
import { MaintenanceOff, MaintenanceOn, MaintenanceScope, MaintenanceService } from '../../lib/index.js';
import { codes } from '../support/graphql-codes.js';
import { graphqlServers, post } from '../support/graphql.js';
import { shop } from '../support/graphql-shop.js';
import { closeApps, platforms } from '../support/platforms.js';

afterEach(closeApps);

@InterfaceType()
abstract class Thing {
  @Field(() => ID)
  id!: string;
}

@Resolver(() => Thing)
class ThingResolver {
  @ResolveField(() => String, { nullable: true })
  @MaintenanceScope('labels')
  label(): string {
    return 'A label';
  }
}

@ObjectType({ implements: [Thing] })
class Cup extends Thing {
  @Field(() => String, { nullable: true })
  colour!: string;
}

@ObjectType()
class Pot {
  @Field(() => ID)
  id!: string;
}

@ObjectType()
class PotChange {
  @Field(() => Pot)
  pot!: Pot;
}

@Resolver(() => Cup)
class CupResolver {
  @Query(() => Cup)
  cup(): Cup {
    return Object.assign(new Cup(), { id: 'cup', colour: 'blue' });
  }
}

@Resolver(() => Pot)
@MaintenanceScope('pots')
class PotResolver {
  @Query(() => Pot, { nullable: true })
  @MaintenanceOff()
  pot(): Pot {
    return { id: 'pot' };
  }

  @ResolveField(() => String, { nullable: true })
  content(): string {
    return 'Tea';
  }

  @ResolveField(() => String, { nullable: true })
  @MaintenanceOff()
  material(): string {
    return 'Clay';
  }
}

@Resolver(() => PotChange)
class PotChangeResolver {
  static poured = 0;

  @Mutation(() => PotChange)
  pots(): PotChange {
    return { pot: { id: 'pot' } };
  }

  @ResolveField(() => String, { nullable: true })
  @MaintenanceScope('pots')
  pour(): string {
    PotChangeResolver.poured += 1;
    return 'Poured';
  }
}

@MaintenanceScope('inherited')
abstract class BaseResolver {
  @Query(() => String, { nullable: true })
  inherited(): string {
    return 'inherited';
  }

  @Query(() => String, { nullable: true, name: 'renamed' })
  @MaintenanceOn()
  withAnotherName(): string {
    return 'renamed';
  }
}

@Resolver()
class DerivedResolver extends BaseResolver {}

@Resolver()
@Injectable({ scope: Scope.REQUEST })
@MaintenanceScope('each')
class EachRequestResolver {
  @Query(() => String, { nullable: true })
  each(): string {
    return 'each';
  }
}

const resolvers = [
  ThingResolver,
  CupResolver,
  PotResolver,
  PotChangeResolver,
  DerivedResolver,
  EachRequestResolver,
];

describe.each(graphqlServers)('Decorators of resolvers on $name', ({ create }) => {
  it('close for good, for a scope, or not at all', async () => {
    const { url, get } = await create(shop);
    const query = '{ closed health invoice currency }';
    const before = (await post(url, query).expect(200)).body;
    expect(before.data).toEqual({ closed: null, health: 'ok', invoice: 'INV-1', currency: 'EUR' });
    expect(codes(before)).toEqual({ closed: 'MAINTENANCE' });
    await get(MaintenanceService).enable({ scope: 'billing' });
    const { body } = await post(url, query).expect(200);
    expect(body.data).toEqual({ closed: null, health: 'ok', invoice: null, currency: 'EUR' });
    expect(codes(body)).toEqual({ closed: 'MAINTENANCE', invoice: 'MAINTENANCE' });
  });

  it.each([[], ['guards'], ['guards', 'filters', 'interceptors']] as const)(
    'hold for fields beneath the root ones, for which Nest runs: %p %p %p',
    async (...enhancers) => {
      const fieldResolverEnhancers = enhancers.filter((enhancer) => enhancer !== undefined);
      const { url, get } = await create({ ...shop, graphql: { fieldResolverEnhancers } });
      await get(MaintenanceService).enable({ scope: 'prices' });
      const { body } = await post(url, '{ products { id name price } }').expect(200);
      expect(body.data).toEqual({ products: [{ id: 'tea', name: 'Assam', price: null }] });
      expect(codes(body)).toEqual({ 'products.0.price': 'MAINTENANCE' });
      await get(MaintenanceService).disable({ scope: 'prices' });
      expect((await post(url, '{ products { price } }')).body).toEqual({
        data: { products: [{ price: '4.20' }] },
      });
    },
  );

  it('of a class hold for its fields, unless these have their own', async () => {
    const { url, get } = await create({ resolvers });
    await get(MaintenanceService).enable({ scope: 'pots' });
    const { body } = await post(url, '{ pot { id content material } }').expect(200);
    expect(body.data).toEqual({ pot: { id: 'pot', content: null, material: 'Clay' } });
    expect(codes(body)).toEqual({ 'pot.content': 'MAINTENANCE' });
  });

  it('of an interface hold for the types that have its fields', async () => {
    const { url, get } = await create({ resolvers });
    expect((await post(url, '{ cup { label } }')).body).toEqual({ data: { cup: { label: 'A label' } } });
    await get(MaintenanceService).enable({ scope: 'labels' });
    const { body } = await post(url, '{ cup { id label colour } }').expect(200);
    expect(body.data).toEqual({ cup: { id: 'cup', label: null, colour: 'blue' } });
    expect(codes(body)).toEqual({ 'cup.label': 'MAINTENANCE' });
  });

  it('are inherited, and found under another name', async () => {
    const { url, get } = await create({ resolvers });
    expect(codes((await post(url, '{ inherited renamed }')).body)).toEqual({ renamed: 'MAINTENANCE' });
    await get(MaintenanceService).enable({ scope: 'inherited' });
    expect(codes((await post(url, '{ inherited }')).body)).toEqual({ inherited: 'MAINTENANCE' });
  });

  it('hold for request-scoped resolvers', async () => {
    const { url, get } = await create({ resolvers });
    expect((await post(url, '{ each }')).body).toEqual({ data: { each: 'each' } });
    await get(MaintenanceService).enable({ scope: 'each' });
    expect(codes((await post(url, '{ each }')).body)).toEqual({ each: 'MAINTENANCE' });
  });

  it.each([[[]], [['guards']]] as const)(
    'for read-only maintenance: fields of what queries reach only read (enhancers: %j)',
    async (enhancers) => {
      const { url, get } = await create({ resolvers, graphql: { fieldResolverEnhancers: [...enhancers] } });
      await get(MaintenanceService).enable({ scope: 'pots', mode: 'read-only' });
      PotChangeResolver.poured = 0;
      const { body } = await post(url, 'mutation { pots { pot { content } pour } }').expect(200);
      expect(body.data).toEqual({ pots: { pot: { content: 'Tea' }, pour: null } });
      expect(codes(body)).toEqual({ 'pots.pour': 'MAINTENANCE' });
      expect(PotChangeResolver.poured).toBe(0);
    },
  );
});

function api(scope: string, path: string): Type {
  @Resolver()
  class ApiResolver {
    @Query(() => String, { nullable: true })
    @MaintenanceScope(scope)
    about(): string {
      return scope;
    }
  }

  @Module({ providers: [ApiResolver] })
  class FeatureModule {}

  @Module({
    imports: [
      FeatureModule,
      GraphQLModule.forRoot<ApolloDriverConfig>({
        driver: ApolloDriver,
        autoSchemaFile: true,
        path,
        include: [FeatureModule],
      }),
    ],
  })
  class ApiModule {}
  return ApiModule;
}

describe('Two GraphQL modules in one application', () => {
  it('have their own handlers for a field of the same name', async () => {
    const [[, createExpress]] = platforms as [(typeof platforms)[number]];
    const { url, get } = await createExpress({ imports: [api('shop', '/shop'), api('admin', '/admin')] });
    const about = async (path: string): Promise<unknown> =>
      (await request(url).post(path).send({ query: '{ about }' }).expect(200)).body.data.about;
    await get(MaintenanceService).enable({ scope: 'admin' });
    expect([await about('/shop'), await about('/admin')]).toEqual(['shop', null]);
    await get(MaintenanceService).disable({ scope: 'admin' });
    await get(MaintenanceService).enable({ scope: 'shop' });
    expect([await about('/shop'), await about('/admin')]).toEqual([null, 'admin']);
  });
});
