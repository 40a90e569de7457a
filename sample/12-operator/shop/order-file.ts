import { readFile, writeFile } from 'node:fs/promises';

/** Until tonight: prices as decimal numbers. */
export interface OldOrders {
  readonly version: 1;
  readonly orders: readonly { readonly book: string; readonly price: number }[];
}

/** From tomorrow: prices in cents, which is what the migration is for. */
export interface NewOrders {
  readonly version: 2;
  readonly orders: readonly { readonly book: string; readonly cents: number }[];
}

export type Orders = OldOrders | NewOrders;

const FILE = 'orders.json';

/** The database of this shop. Like many, it does not like two writers. */
export async function readOrders(): Promise<Orders> {
  const text = await readFile(FILE, 'utf8').catch(() => null);
  return text === null ? { version: 1, orders: [] } : (JSON.parse(text) as Orders);
}

export async function writeOrders(orders: Orders): Promise<void> {
  await writeFile(FILE, `${JSON.stringify(orders, null, 2)}\n`);
}
