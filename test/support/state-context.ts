import type { INestApplicationContext, LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { filter, firstValueFrom, ReplaySubject } from 'rxjs';
import {
  type MaintenanceEvent,
  type MaintenanceEventType,
  MaintenanceModule,
  MaintenanceService,
  MemoryStorage,
} from '../../lib/index.js';
import { STATE_PARTS } from '../../lib/interfaces/tokens.js';
import type { StateParts } from '../../lib/state/state-parts.js';

type ModuleOptions = NonNullable<Parameters<typeof MaintenanceModule.forRoot>[0]>;

/** An application without HTTP that has the maintenance module. */
export interface StateContext {
  readonly app: INestApplicationContext;
  readonly maintenance: MaintenanceService;
  /** All since boot, in order. */
  readonly events: MaintenanceEvent[];
  /** What this package has logged, boot included: `warn: ...`. */
  readonly logs: string[];
  /** Resolves to the first event of this type, now or as soon as there is one. */
  readonly heard: (type: MaintenanceEventType) => Promise<MaintenanceEvent>;
}

const open = new Set<INestApplicationContext>();

/** For `afterEach`: closes what the test has booted. */
export async function closeContexts(): Promise<void> {
  const apps = [...open];
  open.clear();
  await Promise.all(apps.map((app) => app.close()));
}

/** What the module made around the state. */
export function partsOf(app: INestApplicationContext): StateParts {
  return app.get<StateParts>(STATE_PARTS);
}

/** Boots with the state in memory, and without polling that a test does not ask for. */
export async function bootContext({ sync, ...options }: ModuleOptions = {}): Promise<StateContext> {
  const storage = new MemoryStorage();
  const module = MaintenanceModule.forRoot({
    storage,
    ...options,
    sync: { pollIntervalMs: 2 ** 30, ...sync },
  });

  const logs: string[] = [];
  const app = await NestFactory.createApplicationContext(module, {
    logger: loggerInto(logs),
    abortOnError: false,
  });
  open.add(app);
  const maintenance = app.get(MaintenanceService);
  const events: MaintenanceEvent[] = [];
  const replay = new ReplaySubject<MaintenanceEvent>();
  maintenance.events.subscribe((event) => events.push(event));
  maintenance.events.subscribe(replay);
  return {
    app,
    maintenance,
    events,
    logs,
    heard: (type) => firstValueFrom(replay.pipe(filter((event) => event.type === type))),
  };
}

function loggerInto(lines: string[]): LoggerService {
  const keep =
    (level: string) =>
    (message: unknown, ...rest: unknown[]): void => {
      if (rest.includes('MaintenanceMode')) lines.push(`${level}: ${String(message)}`);
    };
  return { log: keep('log'), warn: keep('warn'), error: keep('error') };
}
