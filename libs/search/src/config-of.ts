import {
  sharedConfigSchema,
  trainingConfigSchema,
  type SweepSpec,
  type TrainingConfig,
} from '@fathom/contracts';
import type { Configuration } from './space/search-space';

/** A trial's complete configuration: what was searched over what the recipe fixes over the defaults. */
export function configOf(spec: Pick<SweepSpec, 'recipe'>, values: Configuration): TrainingConfig {
  return trainingConfigSchema.parse({ ...spec.recipe, ...values });
}

/**
 * The same for many trials: to check each of ten thousand takes a fifth of a second. Only for values that were drawn from
 * the spec's own space, whose bounds were checked when it was submitted.
 */
export function configsOf(spec: Pick<SweepSpec, 'recipe'>): (values: Configuration) => TrainingConfig {
  const shared = sharedConfigSchema.parse(spec.recipe);
  // Where the recipe has no depth, the space has.
  return (values) => ({ ...shared, ...values }) as TrainingConfig;
}
