import type { AttemptState, TrainerMessage, TrainJob } from '@fathom/contracts';
import { noTracer, type Span, type Tracer } from '@fathom/runtime';

export interface AttemptTraceOptions {
  readonly tracer: Tracer;
  readonly job: TrainJob;
  readonly fence: number;
  readonly attemptId: string;
  readonly workerId: string;
  /** When its job was put on the queue, in milliseconds since 1970. */
  readonly madeAtMs: number;
}

/**
 * The spans of an attempt, as far as its sweep is traced: the wait of its job, the attempt, and in it each epoch with what
 * its training process says of evaluations and checkpoints.
 */
export class AttemptTrace {
  private readonly tracer: Tracer;
  private readonly attempt: Span;
  private epoch: Span | undefined;
  private hasTrained = false;

  constructor(private readonly options: AttemptTraceOptions) {
    const { tracer, job, fence, attemptId, workerId, madeAtMs } = options;
    const { traceparent: parent } = job;
    this.tracer = parent === undefined ? noTracer : tracer;
    const now = Date.now();
    // How long a later attempt has waited is not known. The clocks of two machines may differ.
    if (fence === (job.fenceBase ?? 0) + 1)
      this.tracer
        .start('wait in the queue', { parent, kind: 'consumer', startMs: Math.min(madeAtMs, now) })
        .end({ endMs: now });
    this.attempt = this.tracer.start('attempt', {
      ...{ parent, startMs: now },
      attributes: {
        ...{ 'fathom.sweep': job.sweepId, 'fathom.trial': job.trialId, 'fathom.attempt': attemptId },
        ...{ 'fathom.trial.number': job.trialNumber, 'fathom.fence': fence, 'fathom.worker': workerId },
        ...{ 'fathom.depth': job.config.depth, 'fathom.variant': job.config.variant },
      },
    });
  }

  observe(message: TrainerMessage): void {
    switch (message.type) {
      case 'started':
        this.attempt.set({
          'fathom.device': message.device,
          'fathom.resumed_from_step': message.resumedFromStep,
        });
        return;
      case 'step':
        this.beginEpoch();
        return;
      case 'phase': {
        const { phase, startMs, endMs } = message;
        // What comes after the last epoch is a part of none.
        const span = this.hasTrained ? this.attempt : this.beginEpoch(startMs);
        this.tracer.start(phase, { parent: span.traceparent, startMs }).end({ endMs });
        return;
      }
      case 'epoch': {
        const { epoch, trainLoss, validationError, step } = message.metrics;
        this.epoch?.set({
          ...{ 'fathom.epoch': epoch, 'fathom.step': step, 'fathom.train_loss': trainLoss },
          'fathom.validation_error': validationError,
        });
        this.epoch?.end();
        this.epoch = undefined;
        this.hasTrained = epoch >= (this.options.job.untilEpoch ?? this.options.job.config.epochs);
        return;
      }
      case 'progress':
      case 'working':
      case 'memory':
      case 'completed':
      case 'paused':
      case 'stopped':
      case 'overtaken':
      case 'failed':
        return;
    }
  }

  /** @param failure what went wrong, if something did */
  end(outcome: AttemptState, failure: string | undefined): void {
    this.epoch?.end();
    this.attempt.set({ 'fathom.outcome': outcome });
    this.attempt.end(failure === undefined ? {} : { error: failure });
  }

  private beginEpoch(startMs = Date.now()): Span {
    return (this.epoch ??= this.tracer.start('epoch', { parent: this.attempt.traceparent, startMs }));
  }
}
