import { deviceMetrics as table } from '@fathom/contracts';
import { readOnScrape } from '@fathom/runtime';
import type { Registry } from 'prom-client';
import type { DeviceReading } from '../devices/nvml';

type Value = Exclude<keyof DeviceReading, 'index' | 'model'>;
const VALUES: Readonly<Record<keyof typeof table, Value>> = {
  utilisation: 'utilisation',
  memoryUsed: 'memoryUsedBytes',
  memoryTotal: 'memoryTotalBytes',
  power: 'powerWatts',
  temperature: 'temperatureCelsius',
};

/**
 * What Prometheus sees of the devices; a value that a device does not tell has no series.
 *
 * @param pool that the worker is in, for rules to compare with what waits for it
 */
export function exposeDevices(
  registry: Registry,
  devices: { read(): Promise<readonly DeviceReading[] | undefined> },
  pool: string,
): void {
  for (const [key, metric] of Object.entries(table))
    readOnScrape(registry, metric, async () =>
      (await devices.read())?.flatMap((reading) => {
        const value = reading[VALUES[key as keyof typeof table]];
        const labels = { device: `gpu:${String(reading.index)}`, model: reading.model, pool };
        return value === undefined ? [] : [{ labels, value }];
      }),
    );
}
