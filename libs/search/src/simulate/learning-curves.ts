import type { ObjectiveMetric, TrainingConfig } from '@fathom/contracts';
import { noiseOf } from './noise';

/** Validation error of a network that guesses among ten classes. */
const CHANCE = 0.9;
/** Of the error after the last epoch: of a trial against others like it, and of an epoch against its neighbours. */
const TRIAL_DEVIATION = 0.15;
const EPOCH_DEVIATION = 0.03;

type Settings = Pick<TrainingConfig, 'depth' | 'learningRate'>;

/**
 * Validation error of a made-up training, where none is known: for plans, in which only the order of trials matters
 * that comes of it, and that changes from epoch to epoch as in reality. A power law falls from chance to what the trial
 * ends with (the family of Domhan et al. 2015, "Speeding up Automatic Hyperparameter Optimization of Deep Neural
 * Networks", table 1, pow3). Deeper networks end lower, by less and less, and start slower; a learning rate away from
 * 0.1 costs its squared distance in decades; the rest is luck of the seed, the trial and the epoch.
 *
 * @param epoch 1 … epochs
 */
export function plausibleError(
  { depth, learningRate }: Settings,
  epoch: number,
  epochs: number,
  trial: number,
  seed = 0,
): number {
  const distance = Math.min(2, Math.abs(Math.log10(learningRate / 0.1)));
  const luck = Math.exp(TRIAL_DEVIATION * noiseOf(seed, trial));
  const end = Math.min(CHANCE, (0.06 + 0.8 / (4 + depth) + 0.12 * distance ** 2) * luck);
  // As a share of the training, half way down after a twentieth for few layers and a sixth for a hundred.
  const half = epochs * (0.04 + depth / 800);
  const left = (1 + epoch / half) ** -1.5;
  const wobble = 1 + EPOCH_DEVIATION * noiseOf(seed, trial, epoch);
  return Math.min(1, Math.max(0, (end + (CHANCE - end) * left) * wobble));
}

/** What such a training would report of a metric. */
export function plausibleMetric(
  metric: ObjectiveMetric,
  error: number,
  facts: { readonly trainSeconds: number; readonly parameters: number },
): number {
  switch (metric) {
    case 'validationError':
    case 'testError':
      return error;
    // About the cross entropy of networks with that error.
    case 'validationLoss':
    case 'testLoss':
      return 3 * error;
    case 'trainLoss':
      return 2.5 * error;
    case 'trainSeconds':
      return facts.trainSeconds;
    case 'parameters':
      return facts.parameters;
  }
}
