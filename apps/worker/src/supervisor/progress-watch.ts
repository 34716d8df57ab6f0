import type { TrainerMessage } from '@fathom/contracts';

/** So many times the longest of its recent steps may one last. */
const STEPS = 20;
const RECENT_REPORTS = 100;
/** Work that is not made of steps may be silent for so many times the floor: an evaluation, writing the model. */
const WORK_FLOORS = 20;
/** Before the first step: data are prepared, the graph is loaded, a GPU tries its kernels. */
const START_FLOORS = 60;

type Phase = 'starting' | 'training' | 'evaluation' | 'saving';

const silentDoing: Record<Phase, string> = {
  starting: 'it has not begun to train',
  training: 'it has made no step',
  evaluation: 'its evaluation has made no progress',
  saving: 'it has not finished writing',
};

/**
 * Tells a training process that hangs from one that works, by what it says. How long it may be silent depends on what it
 * does, and while it trains on how long its own steps take. Has no clock: it is told what time passes.
 */
export class ProgressWatch {
  private phase: Phase = 'starting';
  private silentMs = 0;
  /** Of the recent step reports: mean seconds of a step. */
  private readonly stepSeconds: number[] = [];

  /** @param floorMs it may always be silent for so long */
  constructor(private readonly floorMs: number) {}

  /** How long it may be silent now, in milliseconds. */
  get limitMs(): number {
    switch (this.phase) {
      case 'starting':
        return START_FLOORS * this.floorMs;
      case 'training':
        return Math.max(this.floorMs, STEPS * 1000 * this.longestStep);
      case 'evaluation':
      case 'saving':
        return WORK_FLOORS * this.floorMs;
    }
  }

  heard(message: TrainerMessage): void {
    this.silentMs = 0;
    switch (message.type) {
      case 'step':
        this.phase = 'training';
        this.stepSeconds.push(message.metrics.stepSeconds);
        if (this.stepSeconds.length > RECENT_REPORTS) this.stepSeconds.shift();
        return;
      case 'working':
        this.phase = message.at;
        return;
      case 'epoch':
        // One that repeats what an earlier attempt said comes before the first step.
        if (this.phase === 'evaluation') this.phase = this.stepSeconds.length > 0 ? 'training' : 'starting';
        return;
      case 'started':
      case 'progress':
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

  /** @returns why the process is taken for stuck, once it has been silent for longer than it may be */
  pass(ms: number): string | undefined {
    this.silentMs += ms;
    const limit = this.limitMs;
    if (this.silentMs < limit) return undefined;
    const steps =
      this.phase === 'training' ? `; its recent steps took at most ${this.longestStep.toPrecision(2)} s` : '';
    return `the training process is stuck: ${silentDoing[this.phase]} for ${seconds(this.silentMs)}${steps}`;
  }

  private get longestStep(): number {
    return Math.max(0, ...this.stepSeconds);
  }
}

const seconds = (ms: number): string => `${String(Math.round(ms / 1000))} s`;
