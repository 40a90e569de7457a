import { Reflector } from '@nestjs/core';
import type { Role } from './user.js';

/** The roles that may use a route. */
export const Roles = Reflector.createDecorator<Role[]>();
