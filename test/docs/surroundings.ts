// oxlint-disable typescript/no-extraneous-class -- The reader's classes have more in them.

/** The reader's own application: names that examples of the documentation use and do not explain. */
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Options as PinoHttpOptions } from 'pino-http';
import type { Keyv } from 'keyv';
import type { Logger } from '@nestjs/common';
import type { S3Client } from '@aws-sdk/client-s3';
import type { MaintenanceService, MaintenanceStorage } from 'nestjs-maintenance-mode';

export type { Request, Response } from 'express';
export { default as request } from 'supertest';
export { describe, it } from 'node:test';
export { randomUUID } from 'node:crypto';

export interface User {
  readonly id: string;
  readonly role: string;
  readonly roles: readonly string[];
}

export declare class AppModule {}
export declare class AuthModule {}
export declare class PrismaModule {}
export declare class PrismaService {}
export declare class Database {
  migrate(): Promise<void>;
}
export declare class HealthController {}
export declare class SearchQuery {}
export declare class Order {}
export declare class TokenService {
  verify(authorization: string | undefined): Promise<User | null>;
}
export declare class AuthService {
  login(credentials: object): Promise<{ token: string }>;
}
export declare class OptionalJwtGuard {
  canActivate(): Promise<boolean>;
}
export declare const Public: () => ClassDecorator & MethodDecorator;
export declare const PrismaStorage: new () => MaintenanceStorage;
export declare const PostgresStorage: new (place: unknown) => MaintenanceStorage;
export declare const createTable: () => Promise<unknown>;
export declare const dropTable: (table: unknown) => Promise<void>;
export declare const url: string;

export declare const app: NestExpressApplication;
export declare const maintenance: MaintenanceService;
export declare const database: Database;
export declare const orders: { buy(id: string): Promise<Order | null> };
export declare const cache: Keyv;
export declare const client: S3Client;
export declare const logger: Logger;
export declare const sessions: { userOf(request: object): Promise<User | null> };
export declare const flags: { isTester(value: unknown): Promise<boolean> };
export declare const reportToSentry: (error: unknown) => void;
export declare const customLogLevel: NonNullable<PinoHttpOptions['customLogLevel']>;
