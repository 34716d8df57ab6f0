import { objectivesOf, type Objective, type ParallelAxis, type ParallelCoordinates } from '@fathom/contracts';
import type { Dimension } from '../space/dimension';
import type { SearchSpace } from '../space/search-space';
import type { Objectives, TrialResult } from './trial-result';

/** Where the largest value of an objective is so many times the smallest, only a log scale shows both. */
const LOG_FROM = 100;

/** Each trial as a line over the axes of the space and of the objectives. */
export function parallelCoordinates(
  space: SearchSpace,
  spec: Objectives,
  results: readonly Pick<TrialResult, 'number' | 'state' | 'config' | 'objectives'>[],
): ParallelCoordinates {
  const objectives = objectivesOf(spec);
  return {
    axes: [
      ...space.dimensions.map(parameterAxis),
      ...objectives.map((objective, index) => objectiveAxis(objective, index, results)),
    ],
    rows: results.map((result) => {
      const values = space.activeValues(result.config);
      return {
        number: result.number,
        state: result.state,
        values: [
          ...space.dimensions.map(({ name }) => values[name] ?? null),
          ...objectives.map((_, index) => result.objectives[index] ?? null),
        ],
      };
    }),
  };
}

function parameterAxis({ name, kind, range, size, at }: Dimension): ParallelAxis {
  if (kind === 'categorical' || range === undefined)
    return {
      kind: 'categorical',
      parameter: name,
      values: Array.from({ length: size }, (_, index) => at(index)),
    };
  return { kind, parameter: name, min: range.low, max: range.high, scale: range.log ? 'log' : 'linear' };
}

/** From the lowest value there is to the highest. */
function objectiveAxis(
  { metric, goal }: Objective,
  index: number,
  results: readonly Pick<TrialResult, 'objectives'>[],
): ParallelAxis {
  let [min, max] = [Infinity, -Infinity];
  for (const { objectives } of results) {
    const value = objectives[index] ?? NaN;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  if (max < min) return { kind: 'objective', metric, goal, min: null, max: null, scale: 'linear' };
  const scale = min > 0 && max >= LOG_FROM * min ? 'log' : 'linear';
  return { kind: 'objective', metric, goal, min, max, scale };
}
