import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { User } from './user.js';

interface Account {
  readonly user: User;
  readonly password: string;
}

/** The accounts of this sample, with new passwords at each start. */
@Injectable()
export class AccountsService {
  readonly all: readonly Account[] = [
    account({ id: 'customer', roles: [] }),
    account({ id: 'tester', roles: ['staff'] }),
    account({ id: 'boss', roles: ['staff', 'admin'] }),
  ];

  find(name: unknown, password: unknown): User | null {
    const found = this.all.find(({ user }) => user.id === name);
    if (!found || typeof password !== 'string') return null;
    return timingSafeEqual(sha256(password), sha256(found.password)) ? found.user : null;
  }
}

function account(user: User): Account {
  return { user, password: randomBytes(12).toString('base64url') };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
