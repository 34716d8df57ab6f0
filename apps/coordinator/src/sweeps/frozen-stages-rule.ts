import { datasetFacts, MAX_TRIALS, type SweepSpec, type TrainingConfig } from '@fathom/contracts';
import { ArchitectureError, countParts } from '@fathom/resnet';
import { architectureOf } from './architecture-of';
import type { CombinationRule } from './reachable-values';

/** The parameters that decide how many parts a network has. */
const partsParameters = ['depth', 'family', 'block', 'stages'] as const;
/** Values that `frozenStages` can have. */
const FROZEN_VALUES = 10;

/**
 * A network has to have the parts that are not trained: the stem and its stages. Undefined where all of it is trained.
 */
export function frozenStagesRule({ dataset, space, recipe }: SweepSpec): CombinationRule | undefined {
  if (space.frozenStages === undefined && !recipe.frozenStages) return undefined;
  const { imageSize } = datasetFacts(dataset);
  const known = new Map<string, number | undefined>();
  const partsIn = (config: TrainingConfig): number | undefined => {
    const key = JSON.stringify(partsParameters.map((name) => config[name]));
    if (!known.has(key)) known.set(key, partsOf(config, imageSize));
    return known.get(key);
  };
  return {
    name: 'frozen-stages',
    parameters: [...partsParameters, 'frozenStages'],
    faultOf: (config) => {
      const { frozenStages } = config;
      const parts = frozenStages === 0 ? undefined : partsIn(config);
      if (parts === undefined || frozenStages <= parts) return undefined;
      return {
        field: 'frozenStages',
        message:
          `${String(frozenStages)} parts are more than the network of depth ${String(config.depth)} has: ` +
          `allowed is 0 to ${String(parts)}, the stem and ${String(parts - 1)} stages`,
      };
    },
    elsewhere: ['recipe', 'frozenStages'],
    maxCombinations: MAX_TRIALS * FROZEN_VALUES,
    // One value fails with most depths of a range; what else is wrong should be seen beside it.
    maxViolations: 5,
  };
}

/** Undefined where there is no such network. */
function partsOf(config: TrainingConfig, imageSize: number): number | undefined {
  try {
    // How wide it is and what goes around its blocks does not matter, and may exclude each other here.
    return countParts(architectureOf({ ...config, width: 1, variant: 'plain' }, imageSize));
  } catch (error) {
    if (error instanceof ArchitectureError) return undefined;
    throw error;
  }
}
