import { EventEmitter, on } from 'node:events';
import { Injectable } from '@nestjs/common';
import {
  Args,
  Field,
  ID,
  Mutation,
  ObjectType,
  Query,
  ResolveField,
  Resolver,
  Subscription,
} from '@nestjs/graphql';
import { MaintenanceOff, MaintenanceOn, MaintenanceScope } from '../../lib/index.js';

/** What has happened in the shop. */
@Injectable()
export class Ledger extends EventEmitter {
  readonly entries: string[] = [];

  write(entry: string): string {
    this.entries.push(entry);
    this.emit('entry', entry);
    return entry;
  }
}

@ObjectType()
export class Product {
  @Field(() => ID)
  id!: string;
}

@Resolver(() => Product)
export class ShopResolver {
  constructor(private readonly ledger: Ledger) {}

  @Query(() => [Product])
  products(): Product[] {
    return [{ id: 'tea' }];
  }

  @ResolveField(() => String)
  name(): string {
    return 'Assam';
  }

  @ResolveField(() => String, { nullable: true })
  @MaintenanceScope('prices')
  price(): string {
    return '4.20';
  }

  @Query(() => String, { nullable: true })
  @MaintenanceOn()
  closed(): string {
    return 'closed';
  }

  @Query(() => String, { nullable: true })
  @MaintenanceOff()
  health(): string {
    return 'ok';
  }

  @Query(() => [Product])
  @MaintenanceOff()
  samples(): Product[] {
    return [{ id: 'rooibos' }];
  }

  @Mutation(() => Product, { nullable: true })
  buy(@Args('id', { type: () => ID }) id: string): Product {
    this.ledger.write(`bought ${id}`);
    return { id };
  }

  @Mutation(() => String, { nullable: true })
  @MaintenanceOff()
  report(): string {
    return this.ledger.write('reported');
  }

  @Subscription(() => String, { nullable: true, resolve: (entry: string) => entry })
  async *entries(): AsyncGenerator<string> {
    for await (const [entry] of on(this.ledger, 'entry')) yield String(entry);
  }
}

@Resolver()
@MaintenanceScope('billing')
export class BillingResolver {
  constructor(private readonly ledger: Ledger) {}

  @Query(() => String, { nullable: true })
  invoice(): string {
    return 'INV-1';
  }

  @Query(() => String, { nullable: true })
  @MaintenanceOff()
  currency(): string {
    return 'EUR';
  }

  @Mutation(() => String, { nullable: true })
  refund(): string {
    return this.ledger.write('refunded');
  }
}

/** For a GraphQL application of a test. */
export const shop = { resolvers: [ShopResolver, BillingResolver], providers: [Ledger] };
