/** Every metric of the coordinator; docs and dashboards go by this table. */
export const metricsCatalog = {
  sweeps: { name: 'fathom_sweeps', type: 'gauge', help: 'Sweeps by state.', labels: ['state'] },
  trials: { name: 'fathom_trials', type: 'gauge', help: 'Trials by state.', labels: ['state'] },
  queueJobs: {
    name: 'fathom_queue_jobs',
    type: 'gauge',
    help: 'Jobs on the queue by state.',
    labels: ['queue', 'state'],
  },
  outboxPending: {
    name: 'fathom_outbox_pending',
    type: 'gauge',
    help: 'Effects on the queue decided but not carried out yet.',
    labels: [],
  },
  leader: {
    name: 'fathom_leader',
    type: 'gauge',
    help: 'Whether this coordinator is the one that takes reports and carries out decisions.',
    labels: [],
  },
  reports: {
    name: 'fathom_reports_total',
    type: 'counter',
    help: 'Reports taken from workers by type.',
    labels: ['type'],
  },
  reportsRejected: {
    name: 'fathom_reports_rejected_total',
    type: 'counter',
    help: 'Reports that were not taken, by reason.',
    labels: ['reason'],
  },
  httpSeconds: {
    name: 'fathom_http_request_duration_seconds',
    type: 'histogram',
    help: 'Time to answer a request.',
    labels: ['method', 'route', 'status'],
  },
} as const;

export type MetricKey = keyof typeof metricsCatalog;
