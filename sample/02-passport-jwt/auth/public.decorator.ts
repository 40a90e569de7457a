import { type CustomDecorator, SetMetadata } from '@nestjs/common';

export const IS_PUBLIC = 'isPublic';

/** The route needs no token. */
export const Public = (): CustomDecorator => SetMetadata(IS_PUBLIC, true);
