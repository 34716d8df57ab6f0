import {
  datasetFacts,
  jsonPath,
  MAX_TRIALS,
  trainingConfigSchema,
  type ParameterName,
  type SweepSpec,
  type TrainingConfig,
  type Violation,
} from '@fathom/contracts';
import { planSize, SearchSpecError } from '@fathom/search';
import { searchContextOf } from './search-context';
import { reachableValues, type Reachable } from './reachable-values';

export interface ArchitectureFault {
  readonly field: ParameterName;
  readonly message: string;
}

/** Says what keeps a configuration from being built for images of this size, if anything does. */
export type ArchitectureCheck = (config: TrainingConfig, imageSize: number) => ArchitectureFault | undefined;

/** More than this many violations help nobody. */
const MAX_VIOLATIONS = 20;

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
  return [
    ...batchSizeViolations(spec),
    ...accumulationViolations(spec),
    ...architectureViolations(spec, check),
  ].slice(0, MAX_VIOLATIONS);
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

function batchSizeViolations(spec: SweepSpec): Violation[] {
  const { trainImages } = datasetFacts(spec.dataset);
  if (trainImages === undefined) return [];
  const largest = trainingConfigSchema.shape.batchSize.parse(undefined);
  const reachable = reachableValues(spec, 'batchSize');
  const candidates: Reachable[] = reachable.length > 0 ? reachable : [{ value: largest, path: ['dataset'] }];
  return candidates
    .filter(({ value }) => Number(value) > trainImages)
    .map(({ value, path }) => ({
      path: jsonPath(path),
      rule: 'batch-size',
      message:
        `batch size ${String(value)} is larger than the ${String(trainImages)} training images ` +
        'left after the validation split',
    }))
    .slice(0, MAX_VIOLATIONS);
}

/** A batch is cut into equal parts. */
function accumulationViolations(spec: SweepSpec): Violation[] {
  const usual = trainingConfigSchema.shape.batchSize.parse(undefined);
  const given = reachableValues(spec, 'batchSize').map(({ value }) => Number(value));
  const sizes = given.length > 0 ? given : [usual];
  return reachableValues(spec, 'accumulationSteps').flatMap(({ value, path }) => {
    const size = sizes.find((batchSize) => batchSize % Number(value) !== 0);
    if (size === undefined) return [];
    const message = `${String(value)} parts do not divide the batch of ${String(size)} images`;
    return [{ path: jsonPath(path), rule: 'accumulation', message }];
  });
}

function architectureViolations(spec: SweepSpec, check: ArchitectureCheck): Violation[] {
  const axes = architectureParameters
    .map((name) => ({ name, values: reachableValues(spec, name) }))
    .filter((axis) => axis.values.length > 0);
  const combinations = axes.reduce((product, axis) => product * axis.values.length, 1);
  if (combinations > MAX_TRIALS)
    return [
      {
        path: '$.space',
        rule: 'architectures',
        message: `${String(combinations)} different networks are more than the ${String(MAX_TRIALS)} a sweep may reach`,
      },
    ];
  const { imageSize } = datasetFacts(spec.dataset);
  const found = new Map<string, Violation>();
  for (let index = 0; index < combinations && found.size < MAX_VIOLATIONS; index++) {
    const chosen = combination(axes, index);
    const values = Object.fromEntries([...chosen].map(([name, { value }]) => [name, value]));
    const fault = check(trainingConfigSchema.parse(values), imageSize);
    if (fault === undefined) continue;
    const path = jsonPath(chosen.get(fault.field)?.path ?? ['space', 'depth']);
    found.set(`${path} ${fault.message}`, { path, rule: 'architecture', message: fault.message });
  }
  return [...found.values()];
}

interface Axis {
  readonly name: ParameterName;
  readonly values: readonly Reachable[];
}

/** The combination at an index of the cross product; the last axis varies fastest. */
function combination(axes: readonly Axis[], index: number): Map<ParameterName, Reachable> {
  const chosen = new Map<ParameterName, Reachable>();
  let rest = index;
  for (const { name, values } of [...axes].reverse()) {
    const reachable = values[rest % values.length];
    if (reachable) chosen.set(name, reachable);
    rest = Math.floor(rest / values.length);
  }
  return chosen;
}
