import { Injectable, NotFoundException } from '@nestjs/common';
import type { Product } from './product.js';

@Injectable()
export class ProductsService {
  readonly #products: Product[] = [
    { id: 'assam', name: 'Assam', stock: 12 },
    { id: 'sencha', name: 'Sencha', stock: 7 },
  ];

  all(): readonly Product[] {
    return this.#products;
  }

  /** @throws NotFoundException for an unknown id. */
  take(id: string): Product {
    const product = this.#products.find((candidate) => candidate.id === id);
    if (!product) throw new NotFoundException(`No such product: ${id}`);
    product.stock -= 1;
    return product;
  }
}
