import type { Metric } from './metric';

/** name, type, unit, help and labels of what prom-client says of every Node.js process. */
const rows: readonly (readonly [string, Metric['type'], string, string, Metric['labels']?])[] = [
  ['process_cpu_user_seconds_total', 'counter', 'seconds', 'CPU time in user mode.'],
  ['process_cpu_system_seconds_total', 'counter', 'seconds', 'CPU time in system mode.'],
  ['process_cpu_seconds_total', 'counter', 'seconds', 'CPU time in both.'],
  ['process_start_time_seconds', 'gauge', 'seconds since 1970', 'When the process started.'],
  ['process_resident_memory_bytes', 'gauge', 'bytes', 'Resident memory.'],
  ['process_virtual_memory_bytes', 'gauge', 'bytes', 'Virtual memory; Linux only.'],
  ['process_heap_bytes', 'gauge', 'bytes', 'Data segment; Linux only.'],
  ['process_open_fds', 'gauge', 'files', 'Open file descriptors; Linux only.'],
  ['process_max_fds', 'gauge', 'files', 'The most file descriptors; Linux only.'],
  ['nodejs_eventloop_lag_seconds', 'gauge', 'seconds', 'Delay of the event loop during the scrape.'],
  ['nodejs_eventloop_lag_min_seconds', 'gauge', 'seconds', 'Least delay since the last scrape.'],
  ['nodejs_eventloop_lag_max_seconds', 'gauge', 'seconds', 'Longest delay since the last scrape.'],
  ['nodejs_eventloop_lag_mean_seconds', 'gauge', 'seconds', 'Mean delay since the last scrape.'],
  ['nodejs_eventloop_lag_stddev_seconds', 'gauge', 'seconds', 'Its standard deviation.'],
  ['nodejs_eventloop_lag_p50_seconds', 'gauge', 'seconds', 'Its median.'],
  ['nodejs_eventloop_lag_p90_seconds', 'gauge', 'seconds', 'Its 90th percentile.'],
  ['nodejs_eventloop_lag_p99_seconds', 'gauge', 'seconds', 'Its 99th percentile.'],
  [
    'nodejs_active_resources',
    'gauge',
    'resources',
    'What keeps the event loop alive, by kind.',
    { type: { boundedBy: 'kinds that Node.js has' } },
  ],
  ['nodejs_active_resources_total', 'gauge', 'resources', 'All of it.'],
  [
    'nodejs_active_handles',
    'gauge',
    'handles',
    'Handles by class.',
    { type: { boundedBy: 'classes that Node.js has' } },
  ],
  ['nodejs_active_handles_total', 'gauge', 'handles', 'All handles.'],
  [
    'nodejs_active_requests',
    'gauge',
    'requests',
    'Requests to the operating system by class.',
    { type: { boundedBy: 'classes that Node.js has' } },
  ],
  ['nodejs_active_requests_total', 'gauge', 'requests', 'All requests.'],
  ['nodejs_heap_size_total_bytes', 'gauge', 'bytes', 'Heap of V8.'],
  ['nodejs_heap_size_used_bytes', 'gauge', 'bytes', 'Heap in use.'],
  ['nodejs_external_memory_bytes', 'gauge', 'bytes', 'Memory of C++ objects that belong to JavaScript ones.'],
  ...(['total', 'used', 'available'] as const).map(
    (kind) =>
      [
        `nodejs_heap_space_size_${kind}_bytes`,
        'gauge',
        'bytes',
        `Spaces of the heap: ${kind}.`,
        { space: { boundedBy: 'spaces that V8 has' } },
      ] as const,
  ),
  [
    'nodejs_version_info',
    'gauge',
    '1',
    'Always 1.',
    Object.fromEntries(
      ['version', 'major', 'minor', 'patch'].map((label) => [label, { boundedBy: 'the one version' }]),
    ),
  ],
  [
    'nodejs_gc_duration_seconds',
    'histogram',
    'seconds',
    'Pauses of the garbage collection by kind.',
    { kind: ['major', 'minor', 'incremental', 'weakcb'] },
  ],
];

/** Of the process itself; the coordinator and each worker have them. */
export const runtimeMetrics: readonly Metric[] = rows.map(([name, type, unit, help, labels = {}]) => ({
  name,
  type,
  unit,
  help,
  labels,
  lifetime: 'process',
  setIn: 'libs/runtime/src/metrics.ts',
}));
