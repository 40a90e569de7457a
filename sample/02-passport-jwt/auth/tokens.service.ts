import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import type { Role, User } from './user.js';

export interface TokenPayload {
  readonly sub: string;
  readonly roles: readonly Role[];
}

/** Signs with a key that is created at start: a restart invalidates all tokens. */
@Injectable()
export class TokensService {
  readonly key = randomBytes(32);
  readonly #jwt = new JwtService({ secret: this.key });

  async issue({ id, roles }: User): Promise<string> {
    return this.#jwt.signAsync({ sub: id, roles }, { algorithm: 'HS256', expiresIn: '1h' });
  }

  /** The user of an `Authorization` header; null if the token is missing or invalid. */
  async verify(authorization: string | undefined): Promise<User | null> {
    const [, token] = /^Bearer (\S+)$/i.exec(authorization ?? '') ?? [];
    if (token === undefined) return null;
    try {
      return userOf(await this.#jwt.verifyAsync<TokenPayload>(token, { algorithms: ['HS256'] }));
    } catch {
      return null;
    }
  }
}

export function userOf({ sub, roles }: TokenPayload): User {
  return { id: sub, roles };
}
