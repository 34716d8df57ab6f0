import type { Logger } from '@fathom/runtime';
import { FlappingGuard, type AttemptEnd, type FlappingRule } from './flapping-guard';

/** What hands this worker its trials. */
export interface Intake {
  pause(): Promise<void>;
  resume(): Promise<void>;
}

/** Keeps a worker that only fails from taking more trials, for a while each time. */
export class FlappingPause {
  private readonly guard: FlappingGuard;
  private timer: NodeJS.Timeout | undefined;
  private why: string | undefined;

  constructor(
    rule: FlappingRule,
    private readonly intake: () => Intake,
    private readonly logger: Logger,
  ) {
    this.guard = new FlappingGuard(rule);
  }

  /** Why it takes no trials now; undefined: it does. */
  get reason(): string | undefined {
    return this.why;
  }

  ended(end: AttemptEnd): void {
    // What runs on in other slots when the pause begins does not lengthen it.
    if (this.why !== undefined && end.failure !== undefined) return;
    const pause = this.guard.ended(end);
    if (pause === undefined) return;
    const { ms, reason } = pause;
    this.logger.error({ pauseSeconds: ms / 1000 }, `the worker takes no trials for a while: ${reason}`);
    this.why = reason;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.tryAgain(), ms);
    this.intake()
      .pause()
      .catch((error: unknown) => this.logger.warn({ err: error }, 'the queue could not be paused'));
  }

  close(): void {
    clearTimeout(this.timer);
  }

  private tryAgain(): void {
    this.why = undefined;
    this.logger.info('the worker takes trials again, to see whether they still fail');
    this.intake()
      .resume()
      .catch((error: unknown) => this.logger.warn({ err: error }, 'the queue could not be resumed'));
  }
}
