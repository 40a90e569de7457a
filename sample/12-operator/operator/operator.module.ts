import { Module } from '@nestjs/common';
import { Operator } from './operator.js';

@Module({ providers: [Operator], exports: [Operator] })
export class OperatorModule {}
