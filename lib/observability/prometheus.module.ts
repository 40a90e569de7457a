import {
  ConfigurableModuleBuilder,
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { Counter, Gauge, type Metric, register, type Registry } from 'prom-client';
import { MaintenanceOptionsError } from '../errors.js';
import { OBSERVATIONS } from '../interfaces/tokens.js';
import { type Instrument, INSTRUMENTS, type Observations, type Sample } from './observations.js';

/** How the metrics are registered. @publicApi */
export interface MaintenancePrometheusOptions {
  /** Where the metrics are registered. Default: the global registry of `prom-client`. */
  readonly registry?: Registry;
}

const PROMETHEUS_OPTIONS = Symbol.for('nestjs-maintenance-mode:prometheus-options');

const { ConfigurableModuleClass } = new ConfigurableModuleBuilder<MaintenancePrometheusOptions>({
  optionsInjectionToken: PROMETHEUS_OPTIONS,
})
  .setClassMethodName('forRoot')
  .build();

/**
 * Registers the metrics of maintenance mode with `prom-client`. They are read when Prometheus scrapes them; the route that
 * serves them is the application's own.
 *
 * @example
 * ```ts
 * @Module({ imports: [MaintenanceModule.forRoot(), MaintenancePrometheusModule.forRoot()] })
 * export class AppModule {}
 * ```
 * @publicApi
 */
@Module({})
export class MaintenancePrometheusModule
  extends ConfigurableModuleClass
  implements OnModuleInit, OnApplicationShutdown
{
  readonly #registry: Registry;
  #metrics: readonly Metric[] = [];

  /** @internal Nest makes it. */
  constructor(
    @Inject(OBSERVATIONS) private readonly observations: Observations,
    @Inject(PROMETHEUS_OPTIONS) { registry = register }: MaintenancePrometheusOptions,
  ) {
    super();
    this.#registry = registry;
  }

  /** `forRootAsync` takes the options from a factory. */
  static override forRoot(options: MaintenancePrometheusOptions = {}): DynamicModule {
    return super.forRoot(options);
  }

  /** @throws MaintenanceOptionsError if the registry has these metrics already. */
  onModuleInit(): void {
    // Nest calls it again if the microservices of a hybrid application are started first.
    if (this.#metrics.length > 0) return;
    const taken = INSTRUMENTS.find(({ name }) => this.#registry.getSingleMetric(name));
    if (taken) {
      throw new MaintenanceOptionsError(
        'registry',
        `it has a metric ${taken.name} already. Import MaintenancePrometheusModule once for each registry; ` +
          'several applications of one process need a registry each.',
      );
    }
    this.#metrics = INSTRUMENTS.map((instrument) => this.#register(instrument));
  }

  /** Another application of the same process may use the registry next. */
  onApplicationShutdown(): void {
    for (const [index, { name }] of INSTRUMENTS.entries()) {
      const isOurs = this.#metrics[index] === this.#registry.getSingleMetric(name);
      if (isOurs) this.#registry.removeSingleMetric(name);
    }
  }

  #register(instrument: Instrument): Metric {
    const { name, kind, help, labels: labelNames, across: aggregator, read } = instrument;
    const { observations } = this;
    const settings = { name, help, labelNames, aggregator, registers: [this.#registry] };
    if (kind === 'gauge') {
      return new Gauge({
        ...settings,
        collect() {
          return whenRead(read(observations), (samples) => {
            this.reset();
            for (const { labels, value } of samples) this.set(labels, value);
          });
        },
      });
    }
    return new Counter({
      ...settings,
      collect() {
        return whenRead(read(observations), (samples) => {
          // The totals are counted elsewhere.
          this.reset();
          for (const { labels, value } of samples) this.inc(labels, value);
        });
      },
    });
  }
}

/** At once if there is nothing to wait for. */
function whenRead(
  samples: readonly Sample[] | Promise<readonly Sample[]>,
  take: (samples: readonly Sample[]) => void,
): void | Promise<void> {
  return samples instanceof Promise ? samples.then(take) : take(samples);
}
