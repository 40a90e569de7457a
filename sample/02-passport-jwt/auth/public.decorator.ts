import { type CustomDecorator, SetMetadata } from '@nestjs/common';

export const IS_PUBLIC = 'isPublic';

/** Answers without a token. */
export const Public = (): CustomDecorator => SetMetadata(IS_PUBLIC, true);
