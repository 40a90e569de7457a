import { Reflector } from '@nestjs/core';
import type { Role } from './user.js';

/** Who may use a route, beyond having a token. */
export const Roles = Reflector.createDecorator<Role[]>();
