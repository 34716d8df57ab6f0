import { conditionOf, trainingConfigSchema, type Domain, type SweepSpec } from '@fathom/contracts';
import type { Configuration } from './space/configuration';

type EpochsSpec = Pick<SweepSpec, 'recipe' | 'space'>;

/** Epochs of the whole training of a trial. Where its configuration has none, a condition left them to the recipe. */
export const trialEpochs = (spec: Pick<EpochsSpec, 'recipe'>, { epochs }: Configuration): number =>
  epochs === undefined ? recipeEpochs(spec) : Number(epochs);

/** The most epochs that a training of the sweep can have. */
export function maxEpochsOf(spec: EpochsSpec): number {
  const domain = spec.space.epochs;
  if (domain === undefined) return recipeEpochs(spec);
  const most = largestOf(domain);
  return conditionOf(domain) === undefined ? most : Math.max(most, recipeEpochs(spec));
}

const recipeEpochs = ({ recipe }: Pick<EpochsSpec, 'recipe'>): number =>
  recipe.epochs ?? trainingConfigSchema.shape.epochs.parse(undefined);

function largestOf(domain: Domain): number {
  if (Array.isArray(domain)) return Math.max(...domain.map(Number));
  if ('values' in domain) return Math.max(...domain.values.map(Number));
  return 'value' in domain ? Number(domain.value) : domain.max;
}
