import { ReportConsumer, type ReportConsumerOptions } from '@fathom/queue';
import type { Logger } from '@fathom/runtime';
import type { BudgetWatch } from './budget/budget-watch';
import type { OutboxRelay } from './outbox/outbox-relay';
import type { Reconciler } from './reconcile/reconciler';
import type { Preemption } from './preemption/preemption';
import { TickLoop } from './tick-loop';

const OUTBOX_POLL_MS = 1_000;
const BUDGET_MS = 1_000;
const PREEMPTION_MS = 1_000;

export interface LeaderWorkParts {
  readonly relay: OutboxRelay;
  readonly budgets: BudgetWatch;
  readonly preemption: Preemption;
  readonly reconciler: Reconciler;
  readonly reconcileIntervalMs: number;
  readonly reports: ReportConsumerOptions;
  readonly logger: Logger;
}

export interface LeaderWork {
  /** There is something in the outbox. */
  pokeRelay(): void;
  /** Ends in order: what is in hand is finished. */
  stop(): Promise<void>;
}

/** What one coordinator alone does: takes reports in, carries the outbox out, looks after what went wrong. */
export function startLeaderWork(parts: LeaderWorkParts): LeaderWork {
  const { relay, budgets, preemption, reconciler, reconcileIntervalMs, reports, logger } = parts;
  const relayLoop = new TickLoop('the outbox relay', OUTBOX_POLL_MS, () => relay.relay(), logger);
  const every = (name: string, intervalMs: number, work: () => Promise<void>) =>
    new TickLoop(name, intervalMs, () => work().then(() => false), logger);
  const loops = [
    relayLoop,
    every('the watch over budgets', BUDGET_MS, () => budgets.look()),
    every('preemption', PREEMPTION_MS, () => preemption.look()),
    every('the reconciler', reconcileIntervalMs, () => reconciler.reconcile()),
  ];
  const consumer = new ReportConsumer(reports);
  for (const loop of loops) loop.start();
  consumer.start();
  return {
    pokeRelay: () => {
      relayLoop.poke();
    },
    stop: async () => {
      await Promise.all([consumer.stop(), ...loops.map((loop) => loop.stop())]);
    },
  };
}
