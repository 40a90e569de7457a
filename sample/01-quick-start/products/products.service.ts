import { Injectable } from '@nestjs/common';
import type { Product } from './product.js';

@Injectable()
export class ProductsService {
  readonly #products: readonly Product[] = [
    { id: 'assam', name: 'Assam', price: 4.5 },
    { id: 'darjeeling', name: 'Darjeeling', price: 7.2 },
    { id: 'sencha', name: 'Sencha', price: 6.9 },
  ];

  all(): readonly Product[] {
    return this.#products;
  }

  find(id: unknown): Product | undefined {
    return this.#products.find((product) => product.id === id);
  }
}
