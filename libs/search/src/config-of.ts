import { trainingConfigSchema, type SweepSpec, type TrainingConfig } from '@fathom/contracts';
import type { Configuration } from './space/search-space';

/** A trial's complete configuration: what was searched over what the recipe fixes over the defaults. */
export function configOf(spec: Pick<SweepSpec, 'recipe'>, values: Configuration): TrainingConfig {
  return trainingConfigSchema.parse({ ...spec.recipe, ...values });
}
