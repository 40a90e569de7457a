// Before each spec file: Nest's logger is one for the whole process, and the file before may have set another.
import 'reflect-metadata';
import { ConsoleLogger, Logger } from '@nestjs/common';

Logger.overrideLogger(new ConsoleLogger());
