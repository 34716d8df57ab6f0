import { randomUUID } from 'node:crypto';
import type {
  AttemptMemo,
  AttemptState,
  EpochMetrics,
  Failure,
  FinalMetrics,
  Report,
  TrainerMessage,
  TrainJob,
} from '@fathom/contracts';

type Envelope = Pick<Report, 'sweepId' | 'trialId' | 'attemptId' | 'fence' | 'segment'>;

/** Says what happens to one attempt: fills in who, which attempt and when. */
export class TrialReporter {
  private readonly envelope: Envelope;
  private attemptState: AttemptState = 'running';

  constructor(
    job: TrainJob,
    fence: number,
    private readonly workerId: string,
    private readonly publish: (report: Report) => void,
  ) {
    const { sweepId, trialId, segment } = job;
    this.envelope = { sweepId, trialId, attemptId: randomUUID(), fence, segment };
  }

  get attemptId(): string {
    return this.envelope.attemptId;
  }

  /** How the attempt ended; running until one of its ends was reported. */
  get state(): AttemptState {
    return this.attemptState;
  }

  /** @param microBatch images in memory at once; not a whole number where the configuration cannot work */
  started(device: string, microBatch: number): void {
    const whole = Number.isInteger(microBatch) ? { microBatch } : {};
    this.publish({ type: 'attemptStarted', ...this.now(), workerId: this.workerId, device, ...whole });
  }

  /** Passes on what the training process says of its progress; its end is reported by the methods below. */
  message(message: TrainerMessage): void {
    switch (message.type) {
      case 'step':
        this.publish({ type: 'stepReported', ...this.now(), metrics: message.metrics });
        return;
      case 'epoch':
        this.publish({ type: 'epochReported', ...this.now(), metrics: message.metrics });
        return;
      case 'started':
      case 'progress':
      case 'working':
      case 'memory':
      case 'phase':
      case 'completed':
      case 'paused':
      case 'stopped':
      case 'overtaken':
      case 'failed':
        return;
    }
  }

  completed(metrics: FinalMetrics): void {
    this.attemptState = 'completed';
    this.publish({ type: 'attemptCompleted', ...this.now(), metrics });
  }

  paused(metrics: EpochMetrics): void {
    this.attemptState = 'paused';
    this.publish({ type: 'attemptPaused', ...this.now(), metrics });
  }

  /** @param next what the attempt after it is to know; absent: there is none */
  failed(failure: Failure, next?: AttemptMemo): void {
    this.attemptState = failure.class === 'diverged' ? 'diverged' : 'failed';
    const willRetry = next !== undefined;
    this.publish({
      ...{ type: 'attemptFailed', ...this.now(), failure, willRetry },
      ...(willRetry ? { memo: next } : {}),
    });
  }

  /** @param willRequeue whether the queue hands the trial out again; otherwise the coordinator does, when it is time */
  interrupted(reason: string, willRequeue: boolean): void {
    this.attemptState = 'interrupted';
    this.publish({ type: 'attemptInterrupted', ...this.now(), reason, willRequeue });
  }

  cancelled(): void {
    this.attemptState = 'cancelled';
    this.publish({ type: 'attemptCancelled', ...this.now() });
  }

  stopped(): void {
    this.attemptState = 'stopped';
    this.publish({ type: 'attemptStopped', ...this.now() });
  }

  /** The job is another worker's now, which has said so: there is nothing to report. */
  lost(): void {
    this.attemptState = 'lost';
  }

  private now(): Envelope & { at: string } {
    return { ...this.envelope, at: new Date().toISOString() };
  }
}
