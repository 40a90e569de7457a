import { setTimeout as delay } from 'node:timers/promises';
import { readOrders, writeOrders } from './shop/order-file.js';

// The work of the night. An order that is written between its first line and its last one would be lost.
const stored = await readOrders();
if (stored.version === 1) {
  process.stdout.write(`Moving ${stored.orders.length} orders to version 2 ...\n`);
  await delay(3_000);
  const orders = stored.orders.map(({ book, price }) => ({ book, cents: Math.round(price * 100) }));
  await writeOrders({ version: 2, orders });
}
process.stdout.write('The order book is in version 2.\n');
