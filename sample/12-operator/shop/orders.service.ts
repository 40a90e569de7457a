import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { Book } from './books.js';
import { type Orders, readOrders, writeOrders } from './order-file.js';

/** A payment takes its time: an order that has begun when the shop closes is still to be written. */
const PAYMENT_MS = 2_000;

@Injectable()
export class OrdersService {
  async place({ id: book, price }: Book): Promise<void> {
    await delay(PAYMENT_MS);
    const stored = await readOrders();
    await writeOrders(
      stored.version === 1
        ? { version: 1, orders: [...stored.orders, { book, price }] }
        : { version: 2, orders: [...stored.orders, { book, cents: Math.round(price * 100) }] },
    );
  }

  async all(): Promise<Orders> {
    return readOrders();
  }
}
