import { coordinatorMetrics, runtimeMetrics, type Metric } from '@fathom/contracts';
import { buildBoard } from './board';
import { lines, number } from './panels';
import { agreed, quantile, rate, series, sumBy } from './promql';

/** Whatever the job is called: coordinators are the processes that may lead. */
const ofCoordinators = (expression: string): string =>
  `${expression} and on (job, instance) ${series(coordinatorMetrics.leader)}`;

function runtime(name: string): Metric {
  const found = runtimeMetrics.find((metric) => metric.name === name);
  if (found === undefined) throw new Error(`the table of metrics has no ${name}`);
  return found;
}

export const coordinatorBoard = buildBoard({
  uid: 'fathom-coordinator',
  title: 'Fathom: Coordinator',
  description: 'The coordinators: who leads, what waits, how fast they answer.',
  variables: [],
  links: { 'The queue': '/queues', 'The API': '/docs', Health: '/ready' },
  rows: [
    {
      title: 'State',
      panels: [
        number(
          { title: 'Leaders', description: 'One leads; for some seconds after its end there is none.' },
          { expression: sumBy([], series(coordinatorMetrics.leader)), legend: 'leaders' },
        ),
        number(
          { title: 'Leads', description: 'The coordinator that takes reports and carries out decisions.' },
          { expression: `${series(coordinatorMetrics.leader)} == 1`, legend: '{{instance}}' },
          { show: 'name' },
        ),
        number(
          {
            title: 'Dependencies',
            description: '1: all coordinators reach it. redisPolicy: Redis has maxmemory-policy noeviction.',
            width: 8,
          },
          {
            expression: `min by (dependency) (${series(coordinatorMetrics.dependencyUp)})`,
            legend: '{{dependency}}',
          },
        ),
        number(
          { title: 'Outbox', description: 'Effects decided but not carried out on the queue yet.' },
          { expression: agreed(coordinatorMetrics.outboxPending), legend: 'pending' },
        ),
        number(
          { title: 'Outbox lag', description: 'Age of the oldest of them.', unit: 's' },
          { expression: agreed(coordinatorMetrics.outboxLag), legend: 'lag' },
        ),
      ],
    },
    {
      title: 'Queue',
      panels: [
        lines(
          { title: 'Jobs', description: 'On the queue of each pool, without those that ended.' },
          [
            {
              expression: agreed(coordinatorMetrics.queueJobs, ['state=~"waiting|delayed|active"']),
              legend: '{{pool}}: {{state}}',
            },
          ],
          { min: 0 },
        ),
        lines(
          { title: 'Ended jobs', description: "Per second, by BullMQ's own counters." },
          (['bullCompleted', 'bullFailed'] as const).map((key) => ({
            expression: `max by (pool) (${rate(coordinatorMetrics[key])})`,
            legend: `{{pool}}: ${key === 'bullCompleted' ? 'completed' : 'failed'}`,
          })),
          { min: 0 },
        ),
        lines(
          {
            title: 'Leases',
            description:
              'Jobs that workers have. Expired: not heard of; another worker has them within seconds.',
          },
          [{ expression: agreed(coordinatorMetrics.leases), legend: '{{state}}' }],
          { min: 0 },
        ),
        lines(
          {
            title: 'Wait',
            description: 'From the creation of a trial to its first start: median and 95th percentile.',
            unit: 's',
          },
          ([0.5, 0.95] as const).map((of) => ({
            expression: quantile(of, coordinatorMetrics.waitSeconds),
            legend: `${String(of * 100)} %`,
          })),
          { min: 0 },
        ),
        lines(
          {
            title: 'Run',
            description: 'From the start of an attempt to its end: median, by how it ended.',
            unit: 's',
          },
          [
            {
              expression: quantile(0.5, coordinatorMetrics.runSeconds, ['outcome']),
              legend: '{{outcome}}',
            },
          ],
          { min: 0 },
        ),
        lines(
          { title: 'Outbox', description: 'Pending effects.' },
          [{ expression: agreed(coordinatorMetrics.outboxPending), legend: 'pending' }],
          { min: 0 },
        ),
      ],
    },
    {
      title: 'Reports and API',
      panels: [
        lines(
          { title: 'Reports', description: 'Taken per second, by type.' },
          [{ expression: sumBy(['type'], rate(coordinatorMetrics.reports)), legend: '{{type}}' }],
          { stacked: true, min: 0 },
        ),
        lines(
          {
            title: 'Reports without effect',
            description: 'Per second. Late: of attempts that had been overtaken. Others were not taken.',
          },
          [
            { expression: sumBy([], rate(coordinatorMetrics.reportsLate)), legend: 'late' },
            {
              expression: sumBy(['reason'], rate(coordinatorMetrics.reportsRejected)),
              legend: '{{reason}}',
            },
          ],
          { min: 0 },
        ),
        lines(
          { title: 'Requests', description: 'Answered per second, by status.' },
          [
            {
              expression: sumBy(['status'], rate(coordinatorMetrics.httpSeconds, [], '_count')),
              legend: '{{status}}',
            },
          ],
          { stacked: true, min: 0 },
        ),
        lines(
          { title: 'Latency', description: '95th percentile, by route.', unit: 's' },
          [{ expression: quantile(0.95, coordinatorMetrics.httpSeconds, ['route']), legend: '{{route}}' }],
          { min: 0 },
        ),
      ],
    },
    {
      title: 'Process',
      panels: [
        lines(
          { title: 'Memory', description: 'Resident.', unit: 'bytes', width: 8 },
          [
            {
              expression: ofCoordinators(series(runtime('process_resident_memory_bytes'))),
              legend: '{{instance}}',
            },
          ],
          { min: 0 },
        ),
        lines(
          { title: 'CPU', description: 'Cores in use.', width: 8 },
          [
            {
              expression: ofCoordinators(rate(runtime('process_cpu_seconds_total'))),
              legend: '{{instance}}',
            },
          ],
          { min: 0 },
        ),
        lines(
          { title: 'Event loop', description: '99th percentile of its delay.', unit: 's', width: 8 },
          [
            {
              expression: ofCoordinators(series(runtime('nodejs_eventloop_lag_p99_seconds'))),
              legend: '{{instance}}',
            },
          ],
          { min: 0 },
        ),
      ],
    },
  ],
});
