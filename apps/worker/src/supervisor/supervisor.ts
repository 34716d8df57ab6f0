import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CheckpointStore } from '@fathom/artifacts';
import { memoryWarning, type ControlMessage, type TrainerMessage, type TrainJob } from '@fathom/contracts';
import type { JobDelivery, JobOutcome, ReportPublisher } from '@fathom/queue';
import type { Logger } from '@fathom/runtime';
import type { Slot, SlotPool } from './slots';
import { TrialReporter } from './trial-reporter';
import { TrialRunner, type TrialOutcome } from './trial-runner';
import type { WorkerMetrics } from './worker-metrics';

export interface SupervisorSettings {
  readonly workerId: string;
  readonly threads: number;
  readonly cacheDir: string;
  readonly checkpointDir: string;
  readonly modelDir: string;
  readonly checkpointEverySteps: number;
}

export interface SupervisorParts {
  readonly slots: SlotPool;
  readonly reports: Pick<ReportPublisher, 'publish' | 'flush'>;
  readonly metrics: WorkerMetrics;
  /** Rejects while that cannot be known. */
  readonly isCancelled: (sweepId: string, trialId: string) => Promise<boolean>;
  readonly logger: Logger;
}

/** The end of a job is told to the queue after its report has been taken; a longer outage is the queue's as well. */
const FLUSH_MS = 60_000;

/** Runs a trial for every job that it is handed, and stops those that are to end. */
export class Supervisor {
  private readonly running = new Set<TrialRunner>();
  private leaving = false;

  constructor(
    private readonly settings: SupervisorSettings,
    private readonly parts: SupervisorParts,
  ) {}

  get isLeaving(): boolean {
    return this.leaving;
  }

  /** Handles one job of the queue, from the start of its training process to the report of its end. */
  handle(delivery: JobDelivery<'train'>): Promise<JobOutcome> {
    return this.parts.slots.use((slot) => this.attempt(delivery, slot));
  }

  control(message: ControlMessage): void {
    for (const runner of this.running)
      switch (message.type) {
        case 'cancelTrial':
          if (runner.trialId === message.trialId) runner.stop('cancelled');
          break;
        case 'cancelSweep':
          if (runner.sweepId === message.sweepId) runner.stop('cancelled');
          break;
      }
  }

  /** Asks about all running trials whether they were cancelled, for messages may have been missed. */
  async recheckCancelled(): Promise<void> {
    await Promise.all([...this.running].map((runner) => this.stopIfCancelled(runner)));
  }

  /**
   * Takes nothing new from now on.
   *
   * @param mode checkpoint: running trials are checkpointed and given back; finish: they go on to their end
   * @param deadlineMs after this long what still runs is killed, and given back as well
   */
  async leave(mode: 'checkpoint' | 'finish', deadlineMs: number, ended: Promise<void>): Promise<void> {
    this.leaving = true;
    const stopAll = () => {
      for (const runner of this.running) runner.stop('draining');
    };
    if (mode === 'checkpoint') stopAll();
    const over = new AbortController();
    const deadline = sleep(deadlineMs, true, { signal: over.signal }).catch(() => false);
    void deadline.then((isOver) => {
      if (!isOver) return;
      this.parts.logger.warn({ deadlineMs }, 'trials did not end in time and are killed');
      stopAll();
      for (const runner of this.running) runner.kill();
    });
    await ended;
    over.abort();
  }

  private async attempt(delivery: JobDelivery<'train'>, slot: Slot): Promise<JobOutcome> {
    if (this.leaving) return { type: 'requeue' };
    const { data: job, fence, attemptsLeft, signal } = delivery;
    const { reports, metrics, logger } = this.parts;
    const { workerId, threads, cacheDir, checkpointDir, modelDir, checkpointEverySteps } = this.settings;
    const reporter = new TrialReporter(job, fence, workerId, (report) => reports.publish(report));
    const log = logger.child({
      sweep: job.sweepName,
      trial: job.trialNumber,
      fence,
      attemptId: reporter.attemptId,
    });
    const runner: TrialRunner = new TrialRunner({
      job,
      slot,
      threads,
      cacheDir,
      checkpointDir: join(checkpointDir, job.sweepId, job.trialId),
      modelDir: join(modelDir, job.sweepId, job.trialId),
      checkpointEverySteps,
      hasAttemptsLeft: attemptsLeft > 0,
      reporter,
      onMessage: (message) => {
        metrics.observe(job, message);
        this.follow(runner, message, log);
      },
    });
    const lose = () => runner.stop('lost');
    signal.addEventListener('abort', lose);
    this.running.add(runner);
    try {
      await this.stopIfCancelled(runner);
      log.info({ depth: job.config.depth, variant: job.config.variant, slot: slot.index }, 'attempt started');
      const outcome = await runner.run();
      log.info({ outcome: reporter.state, ...messageOf(outcome) }, 'attempt ended');
      await reports.flush(FLUSH_MS);
      if (!outcome.keepCheckpoints) await this.dropCheckpoints(job);
      return outcome.job;
    } finally {
      this.running.delete(runner);
      signal.removeEventListener('abort', lose);
      metrics.ended(job, reporter.state);
    }
  }

  private follow(runner: TrialRunner, message: TrainerMessage, log: Logger): void {
    switch (message.type) {
      case 'started': {
        const { device, tensorflow, resumedFromStep } = message;
        log.info({ device, tensorflow, resumedFromStep, trainerPid: runner.pid }, 'training');
        return;
      }
      case 'progress':
        log.info(message.what);
        return;
      case 'memory': {
        const warning = memoryWarning(message.memory);
        if (warning === undefined) log.debug(message.memory, 'memory');
        else log.warn(message.memory, warning);
        return;
      }
      case 'epoch':
        log.debug(
          { epoch: message.metrics.epoch, validationError: message.metrics.validationError },
          'epoch',
        );
        void this.stopIfCancelled(runner);
        return;
      case 'step':
      case 'completed':
      case 'stopped':
      case 'failed':
        return;
    }
  }

  private async stopIfCancelled(runner: TrialRunner): Promise<void> {
    try {
      if (await this.parts.isCancelled(runner.sweepId, runner.trialId)) runner.stop('cancelled');
    } catch (error) {
      // Redis is away: a message or the next epoch will tell.
      this.parts.logger.warn({ error, trialId: runner.trialId }, 'cannot ask whether the trial is cancelled');
    }
  }

  private async dropCheckpoints({ sweepId, trialId }: TrainJob): Promise<void> {
    await new CheckpointStore(join(this.settings.checkpointDir, sweepId, trialId)).clear();
  }
}

const messageOf = ({ job }: TrialOutcome): { reason?: string } =>
  job.type === 'failed' ? { reason: job.message } : {};
