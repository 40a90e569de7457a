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

  /** A field may have a scope of its own. It must be nullable, or its product is lost with it. */
  @ResolveField(() => String, { nullable: true })
  @MaintenanceScope('reviews')
  review(@Parent() product: Product): string {
    return `${product.name}: five stars`;
  }

  /** Answered in each scope. In maintenance of the whole application no HTTP request comes so far. */
  @Query(() => String)
  @MaintenanceOff()
  about(): string {
    return 'A shop for tea';
  }
}
