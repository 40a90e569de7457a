import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { type TokenPayload, TokensService, userOf } from './tokens.service.js';
import type { User } from './user.js';

@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy) {
  constructor(tokens: TokensService) {
    super({
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKey: tokens.key,
      algorithms: ['HS256'],
    });
  }

  validate(payload: TokenPayload): User {
    return userOf(payload);
  }
}
