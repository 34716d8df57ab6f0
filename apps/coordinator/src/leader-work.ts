import type { Report } from '@fathom/contracts';
import { LogConsumer, ReportConsumer, type ReportConsumerOptions } from '@fathom/queue';
import type { Logger } from '@fathom/runtime';
import type { BudgetWatch } from './budget/budget-watch';
import { DispatchPace } from './dispatch/dispatch-pace';
import type { Dispatcher } from './dispatch/dispatcher';
import type { Recall } from './dispatch/recall';
import type { LogIntake } from './logs/log-intake';
import type { OutboxRelay } from './outbox/outbox-relay';
import type { Reconciler } from './reconcile/reconciler';
import type { Preemption } from './preemption/preemption';
import { TickLoop } from './tick-loop';

const OUTBOX_POLL_MS = 1_000;
const BUDGET_MS = 1_000;
const PREEMPTION_MS = 1_000;
const OLD_LOGS_MS = 3_600_000;

export interface LeaderWorkParts {
  readonly relay: OutboxRelay;
  readonly dispatcher: Dispatcher;
  readonly recall: Recall;
  readonly budgets: BudgetWatch;
  readonly preemption: Preemption;
  readonly reconciler: Reconciler;
  readonly reconcileIntervalMs: number;
  readonly reports: ReportConsumerOptions;
  readonly logs: LogIntake;
  readonly logger: Logger;
}

export interface LeaderWork {
  /** There is something in the outbox. */
  pokeRelay(): void;
  /** Ends in order: what is in hand is finished. */
  stop(): Promise<void>;
}

/** A place that is taken or given back may be the queue's last job: there may be room for another. */
const freesPlace = ({ type }: Report): boolean => type !== 'stepReported' && type !== 'epochReported';

/** What one coordinator alone does: takes reports in, carries the outbox out, looks after what went wrong. */
export function startLeaderWork(parts: LeaderWorkParts): LeaderWork {
  const {
    relay,
    dispatcher,
    recall,
    budgets,
    preemption,
    reconciler,
    reconcileIntervalMs,
    reports,
    logs,
    logger,
  } = parts;
  const pace = new DispatchPace();
  const relayLoop = new TickLoop(
    'the outbox relay',
    OUTBOX_POLL_MS,
    async () => {
      const hasMore = await relay.relay();
      // One after the other: what a pause takes off the queue is not to be put there by a look from before it.
      if (!hasMore) {
        await recall.look();
        await pace.ready();
        pace.gave(await dispatcher.dispatch());
      }
      return hasMore;
    },
    logger,
  );
  const every = (name: string, intervalMs: number, work: () => Promise<void>) =>
    new TickLoop(name, intervalMs, () => work().then(() => false), logger);
  const loops = [
    relayLoop,
    every('the watch over budgets', BUDGET_MS, () => budgets.look()),
    every('preemption', PREEMPTION_MS, () => preemption.look()),
    every('the reconciler', reconcileIntervalMs, () => reconciler.reconcile()),
    every('dropping old logs', OLD_LOGS_MS, () => logs.dropOld()),
  ];
  const consumer = new ReportConsumer({
    ...reports,
    onReports: async (batch) => {
      await reports.onReports(batch);
      if (batch.some(freesPlace)) relayLoop.poke();
    },
  });
  // Apart from the reports, which do not wait for it.
  const logConsumer = new LogConsumer({ ...reports, onChunks: (chunks) => logs.take(chunks) });
  for (const loop of loops) loop.start();
  consumer.start();
  logConsumer.start();
  return {
    pokeRelay: () => {
      relayLoop.poke();
    },
    stop: async () => {
      await Promise.all([consumer.stop(), logConsumer.stop(), ...loops.map((loop) => loop.stop())]);
    },
  };
}
