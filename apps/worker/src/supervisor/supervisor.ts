import { setTimeout as sleep } from 'node:timers/promises';
import { CheckpointFolders, under, type Retention } from '@fathom/artifacts';
import type { ControlMessage, TrainJob } from '@fathom/contracts';
import type { Ending, JobDelivery, JobOutcome, LogPublisher, Order, ReportPublisher } from '@fathom/queue';
import type { Logger, Tracer } from '@fathom/runtime';
import { AttemptLog } from './attempt-log';
import { AttemptTrace } from './attempt-trace';
import { startOf } from './attempt-start';
import type { DeviceMemory, MemoryNeed } from './device-memory';
import type { AttemptEnd } from './flapping-guard';
import { needOf, peakMemory, shapeOf } from './training-peak';
import type { Slot, SlotPool } from './slots';
import { TrialReporter } from './trial-reporter';
import { TrialRunner, type TrialOutcome } from './trial-runner';
import type { WorkerMetrics } from './worker-metrics';

export interface SupervisorSettings {
  readonly workerId: string;
  /** Name of this machine. */
  readonly node: string;
  readonly threads: number;
  readonly cacheDir: string;
  /** Of decoded data sets; undefined: nowhere. */
  readonly sharedDatasets: string | undefined;
  readonly checkpointDir: string;
  readonly retention: Retention;
  readonly modelDir: string;
  /** Of how many trials of a sweep the model stays; undefined: of all. */
  readonly bestModels: number | undefined;
  /** How long checkpoints and models wait for an object store that is away. */
  readonly patienceMs: number;
  readonly checkpointEverySteps: number;
  /** How long a training process may be silent at least before it counts as stuck. */
  readonly stuckFloorMs: number;
}

export interface SupervisorParts {
  readonly slots: SlotPool;
  readonly memory: DeviceMemory;
  readonly reports: Pick<ReportPublisher, 'publish' | 'flush'>;
  readonly logs: Pick<LogPublisher, 'publish'>;
  readonly metrics: WorkerMetrics;
  /** Names of the machines that have workers; rejects while that cannot be known. */
  readonly liveNodes: () => Promise<readonly string[]>;
  /** Told how each attempt ended that was not taken away from this worker. */
  readonly attemptEnded: (end: AttemptEnd) => void;
  /** How one of these sweeps and trials was ended; rejects while that cannot be known. */
  readonly endingOf: (...ids: readonly string[]) => Promise<Ending | undefined>;
  /** What an attempt at the trial has to do; undefined: go on. Rejects while that cannot be known. */
  readonly orderFor: (sweepId: string, trialId: string) => Promise<Order | undefined>;
  /** Takes secrets out of what a training process says. */
  readonly redact: (text: string) => string;
  readonly tracer: Tracer;
  readonly logger: Logger;
}

/** The end of a job is told to the queue after its report has been taken; a longer outage is the queue's as well. */
const FLUSH_MS = 60_000;
/** The device of slots that have no GPU. */
const CPU = 'cpu';
/** Until a trial that must not run on this machine, or does not fit on it now, is offered again. */
const ELSEWHERE_MS = 1_000;

/** Runs a trial for every job that it is handed, and stops those that are to end. */
export class Supervisor {
  private readonly running = new Set<TrialRunner>();
  private readonly checkpoints: CheckpointFolders;
  private leaving = false;
  /** Whether it could be asked when somebody last tried. */
  private isAnswered = true;

  constructor(
    private readonly settings: SupervisorSettings,
    private readonly parts: SupervisorParts,
  ) {
    this.checkpoints = new CheckpointFolders(settings.checkpointDir, settings.retention);
  }

  get isLeaving(): boolean {
    return this.leaving;
  }

  /** Handles one job of the queue, from the start of its training process to the report of its end. */
  handle(delivery: JobDelivery<'train'>): Promise<JobOutcome> {
    const need = needOf(delivery.data);
    const left = ({ gpu = CPU }: Slot) => this.parts.memory.left(gpu, need);
    return this.parts.slots.use(
      (slot) => this.attempt(delivery, slot, need),
      (a, b) => (left(a) === left(b) ? 0 : left(a) > left(b) ? -1 : 1),
    );
  }

  control(message: ControlMessage): void {
    const { sweepId } = message;
    const concerns = (runner: TrialRunner) =>
      'trialId' in message ? runner.trialId === message.trialId : runner.sweepId === sweepId;
    const concerned = [...this.running].filter(concerns);
    switch (message.type) {
      case 'cancelTrial':
      case 'cancelSweep':
        for (const runner of concerned) runner.stop('cancelled');
        break;
      case 'stopTrial':
      case 'dropCheckpoints':
        for (const runner of concerned) runner.stop('stopped');
        break;
      case 'pauseSweep':
        for (const runner of concerned) runner.stop('held');
        return;
      case 'preemptTrial':
        for (const runner of concerned) runner.stop('preempted');
        return;
    }
    // What runs drops its own when it has stopped.
    if (!('trialId' in message)) void this.dropSweep(sweepId);
    else if (concerned.length === 0) {
      const keepPauses = message.type === 'stopTrial' && message.keepPauses;
      void this.attend(() => this.checkpoints.dropTrial(sweepId, message.trialId, { keepPauses }));
    }
  }

  /** Asks about all trials that run or have checkpoints here whether they have ended, for messages may have been missed. */
  async recheckEnded(): Promise<void> {
    await Promise.all([...this.running].map((runner) => this.stopIfEnded(runner)));
    await this.attend(async () => {
      for (const sweepId of await this.checkpoints.sweeps())
        if ((await this.parts.endingOf(sweepId)) !== undefined) await this.dropSweep(sweepId);
    });
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

  private async attempt(delivery: JobDelivery<'train'>, slot: Slot, need: MemoryNeed): Promise<JobOutcome> {
    if (this.leaving) return { type: 'requeue' };
    const { data: job, fence, signal } = delivery;
    const { reports, logs, metrics, liveNodes, logger } = this.parts;
    const { workerId, node, threads, cacheDir, modelDir, checkpointEverySteps, stuckFloorMs } = this.settings;
    const { sharedDatasets, retention, bestModels, patienceMs } = this.settings;
    const { sweepId, trialId, keepPauses, startFrom } = job;
    const checkpointDir = this.checkpoints.of(sweepId, trialId);
    const start = await startOf(delivery, { checkpointDir, node, liveNodes, logger });
    if (start.type === 'elsewhere') return { type: 'requeue', delayMs: ELSEWHERE_MS };
    const admission = this.parts.memory.admit(slot.gpu ?? CPU, need);
    if (admission === undefined) return { type: 'requeue', delayMs: ELSEWHERE_MS };
    const { history, refusal } = start;
    const reporter = new TrialReporter(job, fence, workerId, (report) => reports.publish(report));
    const { attemptId } = reporter;
    const log = new AttemptLog({
      ...{ trialId, attemptId, fence },
      logger: logger.child({ sweep: sweepId, trial: trialId, attempt: attemptId, ...namesOf(job), fence }),
      publish: (chunk) => logs.publish(chunk),
    });
    const { tracer } = this.parts;
    const { madeAtMs } = delivery;
    const trace = new AttemptTrace({ tracer, job, fence, attemptId, workerId, madeAtMs });
    const runner: TrialRunner = new TrialRunner({
      job,
      fence,
      history,
      refusal,
      node,
      slot,
      threads,
      cacheDir,
      checkpointDir,
      ...(keepPauses ? { pausesDir: this.checkpoints.pausesOf(sweepId, trialId) } : {}),
      ...(startFrom ? { startFromDir: this.checkpoints.pausesOf(sweepId, startFrom.trialId) } : {}),
      modelDir: under(modelDir, sweepId, trialId),
      storage: { sharedDatasets, retention, bestModels, patienceMs },
      checkpointEverySteps,
      measurePeak: refusal === undefined && metrics.wantsPeak(job.config.precision),
      followsAnother: followsAnother(job, fence),
      stuckFloorMs,
      redact: this.parts.redact,
      onLine: (line) => log.training(line),
      reporter,
      onMessage: (message) => {
        metrics.observe(job, message);
        trace.observe(message);
        log.observe(message, runner.pid);
        if (message.type !== 'epoch') return;
        // What a GPU has given its driver alone knows.
        if (slot.gpu === undefined) void this.measure(runner, job);
        void this.stopIfEnded(runner);
      },
    });
    let failure: string | undefined;
    const lose = () => runner.stop('lost');
    signal.addEventListener('abort', lose);
    this.running.add(runner);
    try {
      await this.stopIfEnded(runner);
      log.info({ depth: job.config.depth, variant: job.config.variant, slot: slot.index }, 'attempt started');
      const outcome = await runner.run();
      log.info({ outcome: reporter.state, ...messageOf(outcome) }, 'attempt ended');
      log.flush();
      failure = outcome.failure?.message;
      const { hasTrained } = runner;
      if (outcome.failure) this.parts.attemptEnded({ trialId, hasTrained, failure: outcome.failure });
      else if (outcome.job.type === 'completed' && hasTrained)
        this.parts.attemptEnded({ trialId, hasTrained });
      await reports.flush(FLUSH_MS);
      // No others: this process may have been frozen, and another attempt may be at work.
      const mine = { keepPauses, upToFence: fence };
      if (!outcome.keepCheckpoints)
        await this.attend(() => this.checkpoints.dropTrial(sweepId, trialId, mine));
      this.running.delete(runner);
      await this.dropIfEnded(job);
      return outcome.job;
    } finally {
      log.flush();
      trace.end(reporter.state, failure);
      this.running.delete(runner);
      admission.release();
      signal.removeEventListener('abort', lose);
      metrics.ended(job, reporter.state);
    }
  }

  /** After an epoch a training has taken what it will ever take. */
  private async measure({ pid }: TrialRunner, job: TrainJob): Promise<void> {
    const bytes = pid === undefined ? undefined : await peakMemory(pid);
    if (bytes !== undefined) this.parts.memory.observe(shapeOf(job), bytes);
  }

  private async stopIfEnded(runner: TrialRunner): Promise<void> {
    try {
      const order = await this.parts.orderFor(runner.sweepId, runner.trialId);
      if (order !== undefined) runner.stop(order);
      this.isAnswered = true;
    } catch (error) {
      // Redis is away: a message or the next epoch will tell. One line for an outage, not one for each epoch.
      this.parts.logger[this.isAnswered ? 'warn' : 'debug'](
        { error, sweep: runner.sweepId, trial: runner.trialId },
        'cannot ask whether the trial has ended',
      );
      this.isAnswered = false;
    }
  }

  /** Drops what an attempt has left for later where there is no later; it may have been told so while it ended. */
  private async dropIfEnded({ sweepId, trialId, keepPauses }: TrainJob): Promise<void> {
    await this.attend(async () => {
      if ((await this.parts.endingOf(sweepId)) !== undefined) await this.dropSweep(sweepId);
      else if ((await this.parts.endingOf(trialId)) !== undefined)
        await this.checkpoints.dropTrial(sweepId, trialId, { keepPauses });
    });
  }

  private async dropSweep(sweepId: string): Promise<void> {
    const except = new Set([...this.running].map(({ trialId }) => trialId));
    await this.attend(() => this.checkpoints.dropSweep(sweepId, except));
  }

  /** Checkpoints that nobody needs are a matter of space: what goes wrong is logged, and no trial fails for it. */
  private async attend(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.parts.logger.warn({ err: error }, 'checkpoints could not be dropped');
    }
  }
}

/** The first attempt of a later segment goes on from a pause, which has been reported. */
const followsAnother = ({ segment, fenceBase = 0 }: TrainJob, fence: number): boolean =>
  fence > (segment === 0 ? 1 : fenceBase + 1);

const namesOf = ({ sweepName, trialNumber }: TrainJob) => ({ sweepName, trialNumber });

const messageOf = ({ failure, job }: TrialOutcome): object =>
  failure === undefined
    ? {}
    : {
        reason: `${failure.class}: ${failure.message}`,
        ...(job.type === 'requeue' ? { nextInMs: job.delayMs } : {}),
      };
