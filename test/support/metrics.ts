import { DataPointType, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { Registry } from 'prom-client';
import { MaintenanceOpenTelemetryModule } from '../../lib/opentelemetry.js';
import { MaintenancePrometheusModule } from '../../lib/prometheus.js';
import type { AppSettings } from './platforms.js';

/** A value by its name and labels, as Prometheus writes them: `maintenance_active{scope="",mode="full"}`. */
export type Metrics = Readonly<Record<string, number>>;

/** Collects when it is asked to, and not by a timer. */
class AskedReader extends MetricReader {
  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }

  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }
}

/** Both exporters, for one application. */
export interface Exporters {
  readonly imports: NonNullable<AppSettings['imports']>;
  readonly registry: Registry;
  /** What a scrape of `prom-client` says. */
  readonly prometheus: () => Promise<Metrics>;
  /** What a reader of the OpenTelemetry SDK collects. */
  readonly openTelemetry: () => Promise<Metrics>;
}

export function exporters(): Exporters {
  const registry = new Registry();
  const reader = new AskedReader();
  const meter = new MeterProvider({ readers: [reader] }).getMeter('test');
  return {
    registry,
    imports: [
      MaintenancePrometheusModule.forRoot({ registry }),
      MaintenanceOpenTelemetryModule.forRoot({ meter }),
    ],
    prometheus: async () => parsed(await registry.metrics()),
    openTelemetry: async () => {
      const { resourceMetrics, errors } = await reader.collect();
      if (errors.length > 0) throw new AggregateError(errors);
      const values = resourceMetrics.scopeMetrics
        .flatMap(({ metrics }) => metrics)
        .flatMap((metric) => {
          const { dataPointType } = metric;
          if (dataPointType !== DataPointType.GAUGE && dataPointType !== DataPointType.SUM) return [];
          return metric.dataPoints.map(({ attributes, value }): [string, number] => [
            `${metric.descriptor.name}${labels(attributes)}`,
            value,
          ]);
        });
      return Object.fromEntries(values);
    },
  };
}

/** The metrics of one name. */
export function named(metrics: Metrics, name: string): Metrics {
  return Object.fromEntries(
    Object.entries(metrics)
      .filter(([key]) => key.split('{')[0] === name)
      .map(([key, value]) => [key.slice(name.length), value]),
  );
}

/** The counters of one name that are not 0. */
export function counted(metrics: Metrics, name: string): Metrics {
  return Object.fromEntries(Object.entries(named(metrics, name)).filter(([, value]) => value !== 0));
}

function parsed(text: string): Metrics {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

function labels(attributes: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(attributes).map(([name, value]) => `${name}="${String(value)}"`);
  return entries.length === 0 ? '' : `{${entries.join(',')}}`;
}
