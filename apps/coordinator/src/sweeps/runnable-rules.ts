import {
  datasetFacts,
  jsonPath,
  MAX_TRIALS,
  type SweepSpec,
  type TrainingConfig,
  type Violation,
} from '@fathom/contracts';
import { planSize, SearchSpecError } from '@fathom/search';
import { frozenStagesRule } from './frozen-stages-rule';
import { brokenBy, type CombinationRule, type Fault } from './reachable-values';
import { searchContextOf } from './search-context';

/** Says what keeps a configuration from being built for images of this size, if anything does. */
export type ArchitectureCheck = (config: TrainingConfig, imageSize: number) => Fault | undefined;

/** More than this many violations help nobody. */
const MAX_VIOLATIONS = 20;

/** Two numbers are compared in no time, a network takes some. */
const MAX_NUMBERS = 100_000;

/** The parameters that decide what network is built. */
const architectureParameters = [
  'depth',
  'family',
  'block',
  'variant',
  'shortcut',
  'width',
  'stages',
] as const;

/** Why the sweep could never run, though its shape is right. Empty: it can. */
export function runnableViolations(spec: SweepSpec, check: ArchitectureCheck): Violation[] {
  const plan = planViolations(spec);
  // A plan that is too large is not enumerated.
  if (plan.length > 0) return plan;
  const broken = (rule: CombinationRule | undefined) => (rule ? brokenBy(rule, spec) : []);
  const networks = broken(architectureRule(spec, check));
  // Where there is no network, it has no parts to freeze.
  const frozen = networks.length > 0 ? [] : broken(frozenStagesRule(spec));
  return [...broken(batchSizeRule(spec)), ...broken(accumulationRule), ...networks, ...frozen].slice(
    0,
    MAX_VIOLATIONS,
  );
}

function planViolations(spec: SweepSpec): Violation[] {
  try {
    planSize(spec, searchContextOf(spec));
    return [];
  } catch (error) {
    if (!(error instanceof SearchSpecError)) throw error;
    return [{ path: jsonPath(error.path), rule: 'search', message: error.message }];
  }
}

/** Where the number of training images is known before a worker has seen them. */
function batchSizeRule({ dataset }: SweepSpec): CombinationRule | undefined {
  const { trainImages } = datasetFacts(dataset);
  if (trainImages === undefined) return undefined;
  return {
    name: 'batch-size',
    parameters: ['batchSize'],
    faultOf: ({ batchSize }) =>
      batchSize <= trainImages
        ? undefined
        : {
            field: 'batchSize',
            message:
              `batch size ${String(batchSize)} is larger than the ${String(trainImages)} training images ` +
              'left after the validation split',
          },
    elsewhere: ['dataset'],
    maxCombinations: MAX_NUMBERS,
    maxViolations: MAX_VIOLATIONS,
  };
}

/** A batch is cut into equal parts. */
const accumulationRule: CombinationRule = {
  name: 'accumulation',
  parameters: ['batchSize', 'accumulationSteps'],
  faultOf: ({ batchSize, accumulationSteps }) =>
    batchSize % accumulationSteps === 0
      ? undefined
      : {
          field: 'accumulationSteps',
          message: `${String(accumulationSteps)} parts do not divide the batch of ${String(batchSize)} images`,
        },
  elsewhere: ['space', 'accumulationSteps'],
  maxCombinations: MAX_NUMBERS,
  // One part fails on most batch sizes of a range; what else is wrong should be seen beside it.
  maxViolations: 5,
};

function architectureRule({ dataset }: SweepSpec, check: ArchitectureCheck): CombinationRule {
  const { imageSize } = datasetFacts(dataset);
  return {
    name: 'architecture',
    parameters: architectureParameters,
    faultOf: (config) => check(config, imageSize),
    elsewhere: ['space', 'depth'],
    maxCombinations: MAX_TRIALS,
    maxViolations: MAX_VIOLATIONS,
  };
}
