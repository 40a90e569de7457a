import { Args, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import { MaintenanceScope } from 'nestjs-maintenance-mode';
import { Product } from './product.js';
import { ProductsService } from './products.service.js';

@Resolver()
@MaintenanceScope('checkout')
export class CheckoutResolver {
  readonly #sold: string[] = [];

  constructor(private readonly catalogue: ProductsService) {}

  @Mutation(() => Product, { nullable: true })
  buy(@Args('id', { type: () => ID }) id: string): Product {
    const product = this.catalogue.take(id);
    this.#sold.push(product.name);
    return product;
  }

  @Query(() => [String], { nullable: true })
  sold(): readonly string[] {
    return this.#sold;
  }
}
