import {
  sweepSpecSchema,
  trainingConfigSchema,
  type SweepSpecInput,
  type TrainingConfig,
} from '@fathom/contracts';
import { importsOf } from './past-trials';

const specOf = (overrides: Partial<SweepSpecInput> = {}) =>
  sweepSpecSchema.parse({
    name: 'a sweep',
    dataset: { kind: 'shapes' },
    space: {
      depth: [8, 14],
      optimizer: ['sgd', 'adamw'],
      momentum: { min: 0.5, max: 0.99, when: { optimizer: ['sgd'] } },
    },
    constraints: ['depth < 14 || momentum < 0.95'],
    recipe: { epochs: 5 },
    search: { algorithm: 'tpe', trials: 10 },
    ...overrides,
  });
const errorAndTime = [
  { metric: 'trainSeconds', goal: 'minimize' },
  { metric: 'validationError', goal: 'minimize' },
] as const;
const past = (config: Partial<TrainingConfig>, objectives: (number | null)[] = [10, 0.5]) => ({
  config: trainingConfigSchema.parse({ depth: 8, epochs: 5, ...config }),
  objectives,
});
const imports = (trials: ReturnType<typeof past>[], overrides: Partial<SweepSpecInput> = {}) =>
  importsOf(specOf(overrides), trials, errorAndTime);

describe('importsOf', () => {
  it('takes the active values of the space and the objectives in its order', () => {
    expect(imports([past({ momentum: 0.8 }), past({ optimizer: 'adamw', depth: 14 })])).toEqual([
      { values: { depth: 8, optimizer: 'sgd', momentum: 0.8 }, objectives: [0.5] },
      { values: { depth: 14, optimizer: 'adamw' }, objectives: [0.5] },
    ]);
    const furtherObjectives = [{ metric: 'trainSeconds' as const }];
    expect(imports([past({})], { furtherObjectives })[0]?.objectives).toEqual([0.5, 10]);
  });

  it.each([
    ['a value outside', past({ depth: 20 })],
    ['another recipe', past({ epochs: 6 })],
    ['another value of an inactive parameter', past({ optimizer: 'adamw', momentum: 0.8 })],
    ['a broken constraint', past({ depth: 14, momentum: 0.97 })],
    ['no number', past({}, [10, null])],
  ])('leaves out %s', (_what, trial) => {
    expect(imports([trial])).toEqual([]);
  });

  it('takes every seed, unless seeds are searched', () => {
    expect(imports([past({ seed: 3 }), past({ seed: 4 })])).toHaveLength(2);
    const space = { depth: [8], seed: [3] };
    expect(imports([past({ seed: 3 }), past({ seed: 4 })], { space })).toEqual([
      { values: { seed: 3, depth: 8 }, objectives: [0.5] },
    ]);
  });
});
