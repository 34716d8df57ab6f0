import { allocatorEnvironment, gpuEnvironment } from '@fathom/engine';
import {
  LogMatcher,
  microBatchOf,
  type AttemptMemo,
  type Failure,
  type RetryHistory,
  type TrainerMessage,
  type TrainJob,
} from '@fathom/contracts';
import type { JobOutcome } from '@fathom/queue';
import { withPolicies } from './log-policies';
import type { Slot } from './slots';
import type { SupervisorSettings } from './supervisor';
import { TrainerProcess, type TrainerOptions, type TrainerResult } from './trainer-process';
import type { TrialReporter } from './trial-reporter';
import { verdictOn } from './verdict';

/** Until an attempt that finds checkpoints of a later one is followed by another. */
const OVERTAKEN_MS = 500;

/** What becomes of the job, and whether somebody may go on from the trial's checkpoints. */
export interface TrialOutcome {
  /** Of an attempt that failed. */
  readonly failure?: Failure;
  readonly job: JobOutcome;
  readonly keepCheckpoints: boolean;
}

export interface TrialContext {
  readonly job: TrainJob;
  readonly fence: number;
  /** Of the attempts before, as this one finds it. */
  readonly history: RetryHistory;
  /** How the trial is to end instead of being trained. */
  readonly refusal: Failure | undefined;
  /** Name of this machine. */
  readonly node: string;
  readonly slot: Slot;
  readonly threads: number;
  readonly cacheDir: string;
  /** Of this trial alone. */
  readonly checkpointDir: string;
  /** Where those of its pauses go, where other trials may start from them. */
  readonly pausesDir?: string;
  /** Where those are that it is to start from. */
  readonly startFromDir?: string;
  /** Where its model goes when it completes. */
  readonly modelDir: string;
  /** Of its checkpoints, models and data set. */
  readonly storage: Pick<SupervisorSettings, 'sharedDatasets' | 'retention' | 'bestModels' | 'patienceMs'>;
  readonly checkpointEverySteps: number;
  /** Whether it measures the rate of matrix products first. */
  readonly measurePeak: boolean;
  /** Whether another attempt may have trained an epoch that it could not report any more. */
  readonly followsAnother: boolean;
  /** How long a training process may be silent at least before it counts as stuck. */
  readonly stuckFloorMs: number;
  /** Takes secrets out of what the training process says. */
  readonly redact: (text: string) => string;
  /** Told what the training process writes, line by line. */
  readonly onLine: (line: string) => void;
  readonly reporter: TrialReporter;
  /** Told everything the training process says. */
  readonly onMessage: (message: TrainerMessage) => void;
}

/**
 * Why a running trial is stopped. stopped: by the search. held: its sweep is paused; it is given back and not handed out
 * until the sweep goes on. lost: the job is another worker's now, so nothing may be said
 * of it any more.
 */
export type StopReason = 'cancelled' | 'stopped' | 'held' | 'preempted' | 'draining' | 'lost';

/** One attempt at one trial, in a training process of its own. */
export class TrialRunner {
  private trainer: TrainerProcess | undefined;
  private stopReason: StopReason | undefined;
  private trained = false;
  private readonly logMatcher: LogMatcher;

  constructor(private readonly context: TrialContext) {
    this.logMatcher = new LogMatcher(context.job.logPolicies ?? []);
  }

  get sweepId(): string {
    return this.context.job.sweepId;
  }

  get trialId(): string {
    return this.context.job.trialId;
  }

  /** Whether it has made a step. */
  get hasTrained(): boolean {
    return this.trained;
  }

  /** Of the training process. */
  get pid(): number | undefined {
    return this.trainer?.pid;
  }

  async run(): Promise<TrialOutcome> {
    const { job, refusal, slot, threads, reporter, onMessage, stuckFloorMs, redact, onLine } = this.context;
    if (this.stopReason !== undefined) return this.stopped(this.stopReason);
    const microBatch = job.microBatch ?? microBatchOf(job.config);
    reporter.started(slot.gpu === undefined ? 'cpu' : `gpu:${slot.gpu}`, microBatch);
    if (refusal !== undefined) return this.final(refusal);
    this.trainer = new TrainerProcess({
      start: this.command(),
      stuckFloorMs,
      redact,
      onLine: (line) => {
        this.logMatcher.read(line);
        onLine(line);
      },
      env: trainerEnvironment(slot, threads),
      onMessage: (message) => {
        this.trained ||= message.type === 'step' || message.type === 'working';
        reporter.message(message);
        onMessage(message);
      },
    });
    const result = await this.trainer.result;
    this.trainer = undefined;
    return this.conclude(result);
  }

  /** Ends the attempt: one that is given back keeps a checkpoint for whoever goes on with the trial. */
  stop(reason: StopReason): void {
    this.stopReason ??= reason;
    if (reason === 'lost') this.trainer?.kill();
    else this.trainer?.stop(isGivenBack(reason));
  }

  kill(): void {
    this.trainer?.kill();
  }

  private command(): TrainerOptions['start'] {
    const { job, fence, cacheDir, checkpointDir, pausesDir, startFromDir, modelDir, checkpointEverySteps } =
      this.context;
    const { slot } = this.context;
    const { followsAnother: repeatLastEpoch, measurePeak } = this.context;
    const { sharedDatasets, retention, bestModels, patienceMs } = this.context.storage;
    return {
      ...{
        type: 'start',
        job,
        fence,
        cacheDir,
        checkpointDir,
        modelDir,
        checkpointEverySteps,
        measurePeak,
        repeatLastEpoch,
        retention: { ...retention },
        patienceMs,
        onGpu: slot.gpu !== undefined,
      },
      ...(sharedDatasets === undefined ? {} : { sharedDatasets }),
      ...(bestModels === undefined ? {} : { bestModels }),
      ...(pausesDir === undefined ? {} : { pausesDir }),
      ...(startFromDir === undefined ? {} : { startFromDir }),
    };
  }

  private conclude(result: TrainerResult): TrialOutcome {
    // A trial that got to its end before it could be stopped has ended.
    if (result.type === 'completed' && this.stopReason !== 'lost') {
      this.context.reporter.completed(result.metrics);
      return { job: { type: 'completed' }, keepCheckpoints: false };
    }
    // So has its segment where it got to the pause before it could be given back.
    if (result.type === 'paused' && (this.stopReason === undefined || isGivenBack(this.stopReason))) {
      this.context.reporter.paused(result.metrics);
      return { job: { type: 'completed' }, keepCheckpoints: true };
    }
    if (result.type === 'overtaken') return this.overtaken();
    if (this.stopReason !== undefined) return this.stopped(this.stopReason);
    if (result.type === 'failed') return this.failed(result.failure);
    return this.failed({ class: 'internal', message: 'the training process stopped unasked', log: '' });
  }

  private stopped(reason: StopReason): TrialOutcome {
    switch (reason) {
      case 'cancelled':
        this.context.reporter.cancelled();
        return { job: { type: 'completed' }, keepCheckpoints: false };
      case 'stopped':
        this.context.reporter.stopped();
        return { job: { type: 'completed' }, keepCheckpoints: false };
      case 'draining':
        this.context.reporter.interrupted('the worker is leaving', true);
        return { job: { type: 'requeue' }, keepCheckpoints: true };
      case 'preempted':
        this.context.reporter.interrupted('a sweep of a higher priority needs its place', false);
        return { job: { type: 'completed' }, keepCheckpoints: true };
      case 'held':
        this.context.reporter.interrupted('the sweep is paused', false);
        return { job: { type: 'completed' }, keepCheckpoints: true };
      case 'lost':
        this.context.reporter.lost();
        return { job: { type: 'requeue' }, keepCheckpoints: true };
    }
  }

  /**
   * The process knows before the supervisor where that was frozen and it was not; giving back a job that is somebody else's
   * does nothing. Where it is still ours, Redis has forgotten attempts that there were, and fences grow past theirs.
   */
  private overtaken(): TrialOutcome {
    this.context.reporter.lost();
    return { job: { type: 'requeue', delayMs: OVERTAKEN_MS }, keepCheckpoints: true };
  }

  private failed(found: Failure): TrialOutcome {
    const { job, history, node, reporter } = this.context;
    const verdict = withPolicies(verdictOn(found, job, history), this.logMatcher.matches, node);
    if (!verdict.again) return this.final(verdict.failure);
    const { delayMs, job: data } = verdict;
    reporter.failed(verdict.failure, memoOf(data));
    return { failure: verdict.failure, job: { type: 'requeue', delayMs, data }, keepCheckpoints: true };
  }

  private final(failure: Failure): TrialOutcome {
    this.context.reporter.failed(failure);
    const message = `${failure.class}: ${failure.message}`;
    return { failure, job: { type: 'failed', message }, keepCheckpoints: false };
  }
}

/** The job itself has it as well; another one in its place would not. */
const memoOf = ({ retries, exclusions, microBatch }: TrainJob): AttemptMemo => ({
  ...(retries === undefined ? {} : { retries }),
  ...(exclusions === undefined ? {} : { exclusions }),
  ...(microBatch === undefined ? {} : { microBatch }),
});

const isGivenBack = (reason: StopReason): boolean =>
  reason === 'draining' || reason === 'held' || reason === 'preempted';

/** Read by TensorFlow when it is loaded. Another number of threads changes the last bits of every result. */
function trainerEnvironment(slot: Slot, threads: number): Record<string, string> {
  return {
    ...allocatorEnvironment(process.env),
    TF_NUM_INTRAOP_THREADS: String(threads),
    // Two, where there are threads for it: the two gradients of a convolution do not wait for each other.
    TF_NUM_INTEROP_THREADS: String(Math.min(2, threads)),
    OMP_NUM_THREADS: String(threads),
    // That trials may share one, none takes all of its memory at once, see libs/engine. Without one they have none.
    ...gpuEnvironment(slot.gpu === undefined ? [] : [slot.gpu]),
  };
}
