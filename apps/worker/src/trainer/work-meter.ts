import { trainingPhases, type TrainerWork, type TrainingPhase } from '@fathom/contracts';

/** A multiply-accumulate is two operations, and a step goes through the network three times: once forwards, twice backwards. */
const FLOPS_PER_MAC = 6;

const nothing = (): Record<TrainingPhase, number> =>
  Object.fromEntries(trainingPhases.map((phase) => [phase, 0])) as Record<TrainingPhase, number>;

/** Adds up what a training process spends its time on, until the supervisor is told. */
export class WorkMeter {
  private seconds = nothing();
  private flopsPerImage = 0;
  private step: number;

  /** @param step that the training goes on from */
  constructor(step: number) {
    this.step = step;
  }

  /** Of the images that come now. @param macs multiply-accumulates of one image's forward pass */
  planned(macs: number): void {
    this.flopsPerImage = FLOPS_PER_MAC * macs;
  }

  readonly spend = (phase: TrainingPhase, seconds: number): void => {
    this.seconds[phase] += seconds;
  };

  /** Counts the time that the work takes. */
  async during<T>(phase: TrainingPhase, work: () => Promise<T>): Promise<T> {
    const began = performance.now();
    try {
      return await work();
    } finally {
      this.spend(phase, (performance.now() - began) / 1_000);
    }
  }

  /** What has come together since it was last taken. @param step that the training has got to */
  take(step: number): TrainerWork {
    const { seconds, flopsPerImage } = this;
    // One that repeats the last epoch of an attempt before reports it again.
    const steps = Math.max(0, step - this.step);
    this.seconds = nothing();
    this.step = Math.max(this.step, step);
    return { seconds, steps, flopsPerImage, residentBytes: process.memoryUsage.rss() };
  }
}
