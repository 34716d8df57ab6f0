import { failureRules, type Failure } from '@fathom/contracts';

/** How an attempt ended that says something about this machine. */
export interface AttemptEnd {
  readonly trialId: string;
  /** Absent: it got to its end, or to its pause. */
  readonly failure?: Pick<Failure, 'class' | 'message'>;
  /** Whether it had made a step. */
  readonly hasTrained: boolean;
}

export interface FlappingRule {
  /** So many attempts in a row have to fail. */
  readonly attempts: number;
  /** The pause after that, in milliseconds; doubled where the attempt after a pause fails as well. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
}

export interface FlappingPause {
  readonly ms: number;
  readonly reason: string;
}

/** A trial that crashes wherever it runs is no reason to suspect the machine. */
const LEAST_TRIALS = 2;

/** Notices that whatever this worker takes fails, for reasons that look like its own. Has no clock. */
export class FlappingGuard {
  private recent: Required<AttemptEnd>[] = [];
  private pauses = 0;

  constructor(private readonly rule: FlappingRule) {}

  /** @returns how long to take no trials from now on, and why; undefined: go on */
  ended({ trialId, failure, hasTrained }: AttemptEnd): FlappingPause | undefined {
    if (failure === undefined || !isSuspicious(failure, hasTrained)) {
      this.recent = [];
      this.pauses = 0;
      return undefined;
    }
    this.recent = [...this.recent, { trialId, failure, hasTrained }].slice(-this.rule.attempts);
    if (this.recent.length < this.rule.attempts) return undefined;
    if (new Set(this.recent.map((end) => end.trialId)).size < LEAST_TRIALS) return undefined;
    const ms = Math.min(this.rule.longestPauseMs, this.rule.firstPauseMs * 2 ** this.pauses++);
    return { ms, reason: this.reason() };
  }

  private reason(): string {
    const classes = [...new Set(this.recent.map(({ failure }) => failure.class))].join(', ');
    const last = this.recent.at(-1)?.failure.message.slice(0, 300) ?? '';
    return `the last ${String(this.recent.length)} attempts on this worker all failed (${classes}), the last one: ${last}`;
  }
}

function isSuspicious({ class: failureClass }: Pick<Failure, 'class'>, hasTrained: boolean): boolean {
  switch (failureRules[failureClass].suspect) {
    case 'machine':
      return true;
    case 'start':
      return !hasTrained;
    case 'trial':
    case 'neither':
      return false;
  }
}
