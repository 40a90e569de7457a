import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { User } from './user.js';

/** The only account of this sample, with a new password at each start. */
@Injectable()
export class AdminAccount {
  readonly password = randomBytes(12).toString('base64url');
  readonly user: User = { id: 'admin', isSuperuser: true };

  /** Compares hashes: they have the same length, so the time of a comparison shows nothing. */
  isPassword(password: unknown): boolean {
    return typeof password === 'string' && timingSafeEqual(sha256(password), sha256(this.password));
  }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
