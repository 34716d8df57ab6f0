import type { MetricTable } from './metric';

const ofDevice = {
  type: 'gauge',
  labels: {
    device: { boundedBy: 'GPUs of the machine' },
    model: { boundedBy: 'their models' },
    pool: { boundedBy: 'the one pool of the worker' },
  },
  lifetime: 'process',
  onlyWhere: 'NVML is there and tells it',
  setIn: 'apps/worker/src/supervisor/device-metrics.ts',
} as const;

/** What a worker reads of its GPUs from NVML. `device` as in `gpu:0`. */
export const deviceMetrics = {
  utilisation: {
    name: 'fathom_device_utilisation_ratio',
    unit: 'ratio',
    help: 'Share of the last sample period in which a kernel ran.',
    ...ofDevice,
  },
  memoryUsed: {
    name: 'fathom_device_memory_used_bytes',
    unit: 'bytes',
    help: 'Memory of the device that is in use, by any process.',
    ...ofDevice,
  },
  memoryTotal: {
    name: 'fathom_device_memory_total_bytes',
    unit: 'bytes',
    help: 'Memory of the device.',
    ...ofDevice,
  },
  power: {
    name: 'fathom_device_power_watts',
    unit: 'watts',
    help: 'What the device draws.',
    ...ofDevice,
  },
  temperature: {
    name: 'fathom_device_temperature_celsius',
    unit: 'degrees Celsius',
    help: 'Temperature of the chip.',
    ...ofDevice,
  },
} as const satisfies MetricTable;
