export interface Book {
  readonly id: string;
  readonly title: string;
  readonly author: string;
  readonly price: number;
}

export const BOOKS: readonly Book[] = [
  { id: 'lighthouse', title: 'The Lighthouse Keeper’s Almanac', author: 'Ines Valverde', price: 18.5 },
  { id: 'tides', title: 'A Field Guide to Slow Tides', author: 'Tomasz Lind', price: 24 },
  { id: 'ink', title: 'Ink and Other Weather', author: 'Marguerite Osei', price: 16.9 },
  { id: 'bridges', title: 'Seven Bridges, One River', author: 'Haruto Endo', price: 21.3 },
];
