import { sweepSpecSchema, type SweepSpecInput } from '@fathom/contracts';
import { maxEpochsOf, trialEpochs } from './epochs';
import { conditionalEpochs } from './testing/spaces';

const specOf = (space: SweepSpecInput['space'], recipe: SweepSpecInput['recipe'] = { epochs: 10 }) =>
  sweepSpecSchema.parse({
    name: 'a sweep',
    dataset: { kind: 'shapes' },
    space: { depth: [8], ...space },
    recipe,
    search: { algorithm: 'random', trials: 5 },
  });

describe('trialEpochs', () => {
  it('are those of the configuration, else those of the recipe, else the default', () => {
    const spec = specOf(conditionalEpochs);
    expect(trialEpochs(spec, { optimizer: 'sgd', epochs: 30 })).toBe(30);
    expect(trialEpochs(spec, { optimizer: 'adamw' })).toBe(10);
    expect(trialEpochs(specOf({}, {}), {})).toBe(maxEpochsOf(specOf({}, {})));
  });
});

describe('maxEpochsOf', () => {
  it.each<[number, SweepSpecInput['space'], SweepSpecInput['recipe']]>([
    [10, {}, { epochs: 10 }],
    [30, { epochs: [5, 30] }, {}],
    [7, { epochs: { min: 3, max: 7, step: 2 } }, {}],
    [4, { epochs: { value: 4 } }, {}],
    [30, conditionalEpochs, { epochs: 10 }],
    [40, conditionalEpochs, { epochs: 40 }],
  ])('is %i for %j in %j', (epochs, space, recipe) =>
    expect(maxEpochsOf(specOf(space, recipe))).toBe(epochs),
  );
});
