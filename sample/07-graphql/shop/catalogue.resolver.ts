import { Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { MaintenanceOff, MaintenanceScope } from 'nestjs-maintenance-mode';
import { Product } from './product.js';
import { ProductsService } from './products.service.js';

@Resolver(() => Product)
export class CatalogueResolver {
  constructor(private readonly catalogue: ProductsService) {}

  @Query(() => [Product])
  products(): readonly Product[] {
    return this.catalogue.all();
  }

  /** A field may have its own scope. It must be nullable, or its product is null as well. */
  @ResolveField(() => String, { nullable: true })
  @MaintenanceScope('reviews')
  review(@Parent() product: Product): string {
    return `${product.name}: five stars`;
  }

  /** Open in each scope. If the whole application is in maintenance, HTTP requests are answered before. */
  @Query(() => String)
  @MaintenanceOff()
  about(): string {
    return 'A shop for tea';
  }
}
