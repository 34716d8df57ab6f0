import type { TrainingConfig } from '@fathom/contracts';

export type ScheduleConfig = Pick<TrainingConfig, 'learningRate' | 'schedule' | 'warmupEpochs' | 'epochs'>;

/**
 * Learning rate of one step: a linear warm-up from 0 over `warmupEpochs`, then the schedule over what is left.
 *
 * @param step 0 for the first step of the run
 */
export function learningRateAt(config: ScheduleConfig, step: number, stepsPerEpoch: number): number {
  const total = config.epochs * stepsPerEpoch;
  const warmup = Math.min(total, Math.round(config.warmupEpochs * stepsPerEpoch));
  if (step < warmup) return (config.learningRate * (step + 1)) / warmup;
  // From 0 at the first step after the warm-up to just below 1 at the last.
  const progress = (step - warmup) / Math.max(1, total - warmup);
  return config.learningRate * shapeOf(config.schedule)(progress);
}

type Shape = (progress: number) => number;

const constant: Shape = () => 1;

/** Divided by 10 at a half and at three quarters, as 32k and 48k of 64k steps in He et al. 2015, section 4.2. */
const stepwise: Shape = (progress) => (progress < 0.5 ? 1 : progress < 0.75 ? 0.1 : 0.01);

/** Down to 0 in a line, as Li, Yumer and Ramanan 2020 (arXiv 1905.04753) advise where epochs are few. */
const linear: Shape = (progress) => 1 - progress;

/** Half a cosine from 1 to 0 (Loshchilov and Hutter 2017, arXiv 1608.03983, one cycle of equation 5). */
const cosine: Shape = (progress) => (1 + Math.cos(Math.PI * progress)) / 2;

const RISE = 0.3;
const START = 1 / 25;

/**
 * Up in a line from 1/25 to 1 over 30 %, then down along half a cosine (Smith and Topin 2018, arXiv 1708.07120).
 * torch's OneCycleLR begins, peaks and falls the same, one step earlier and to 1/250,000 of the peak at the last step.
 * It rises along half a cosine (in a line with anneal_strategy='linear', but then it falls in one too) and by default
 * lowers momentum while the rate is up; momentum is the same throughout here.
 */
const oneCycle: Shape = (progress) =>
  progress < RISE ? START + (1 - START) * (progress / RISE) : cosine((progress - RISE) / (1 - RISE));

function shapeOf(schedule: TrainingConfig['schedule']): Shape {
  switch (schedule) {
    case 'constant':
      return constant;
    case 'step':
      return stepwise;
    case 'linear':
      return linear;
    case 'cosine':
      return cosine;
    case 'one-cycle':
      return oneCycle;
  }
}
