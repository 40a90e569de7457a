export interface Product {
  readonly id: string;
  readonly name: string;
  readonly price: number;
}
