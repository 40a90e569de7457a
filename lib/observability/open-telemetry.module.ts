import {
  ConfigurableModuleBuilder,
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { type BatchObservableCallback, type Meter, metrics, type Observable } from '@opentelemetry/api';
import { OBSERVATIONS } from '../interfaces/tokens.js';
import { type Instrument, INSTRUMENTS, type Observations } from './observations.js';

/** How the metrics are observed. @publicApi */
export interface MaintenanceOpenTelemetryOptions {
  /** Makes the instruments. Default: `metrics.getMeter('nestjs-maintenance-mode')` of the global meter provider. */
  readonly meter?: Meter;
}

const OPEN_TELEMETRY_OPTIONS = Symbol.for('nestjs-maintenance-mode:open-telemetry-options');

const { ConfigurableModuleClass } = new ConfigurableModuleBuilder<MaintenanceOpenTelemetryOptions>({
  optionsInjectionToken: OPEN_TELEMETRY_OPTIONS,
})
  .setClassMethodName('forRoot')
  .build();

/**
 * Observes the metrics of maintenance mode with OpenTelemetry. They are read when a metric reader collects them. The SDK must
 * be started before the application is created.
 *
 * @example
 * ```ts
 * @Module({ imports: [MaintenanceModule.forRoot(), MaintenanceOpenTelemetryModule.forRoot()] })
 * export class AppModule {}
 * ```
 * @publicApi
 */
@Module({})
export class MaintenanceOpenTelemetryModule
  extends ConfigurableModuleClass
  implements OnModuleInit, OnApplicationShutdown
{
  readonly #given: Meter | undefined;
  #stop: (() => void) | undefined;

  /** @internal Nest makes it. */
  constructor(
    @Inject(OBSERVATIONS) private readonly observations: Observations,
    @Inject(OPEN_TELEMETRY_OPTIONS) { meter }: MaintenanceOpenTelemetryOptions,
  ) {
    super();
    this.#given = meter;
  }

  /** `forRootAsync` takes the options from a factory. */
  static override forRoot(options: MaintenanceOpenTelemetryOptions = {}): DynamicModule {
    return super.forRoot(options);
  }

  /** Registers the instruments. */
  onModuleInit(): void {
    // Nest calls it again if the microservices of a hybrid application are started first.
    if (this.#stop) return;
    const meter = this.#given ?? metrics.getMeter('nestjs-maintenance-mode');
    const instruments = INSTRUMENTS.map((instrument) => [instrument, createIn(meter, instrument)] as const);
    const observe: BatchObservableCallback = async (result) => {
      for (const [{ read }, observable] of instruments) {
        for (const { value, labels } of await read(this.observations))
          result.observe(observable, value, labels);
      }
    };
    const observables = instruments.map(([, observable]) => observable);
    meter.addBatchObservableCallback(observe, observables);
    this.#stop = () => meter.removeBatchObservableCallback(observe, observables);
  }

  /** Removes their callbacks. */
  onApplicationShutdown(): void {
    this.#stop?.();
  }
}

function createIn(meter: Meter, { name, kind, help: description, unit }: Instrument): Observable {
  const options = { description, ...(unit !== undefined && { unit }) };
  return kind === 'gauge'
    ? meter.createObservableGauge(name, options)
    : meter.createObservableCounter(name, options);
}
