import { sweepSpecSchema, type SweepSpecInput } from '@fathom/contracts';
import { projectionOf } from './projection';

const specOf = (overrides: Partial<SweepSpecInput>) =>
  sweepSpecSchema.parse({
    name: 'a sweep',
    dataset: { kind: 'shapes' },
    space: { depth: [8] },
    search: { algorithm: 'grid' },
    ...overrides,
  });

describe('projectionOf', () => {
  const spec = specOf({
    space: {
      seed: [1, 2, 3],
      depth: [8, 14],
      optimizer: ['sgd', 'adamw'],
      width: { min: 1, max: 4, when: { optimizer: ['adamw'] } },
      learningRate: { min: 0.1, max: 1 },
    },
    constraints: ['depth < 14 || width > 1', "learningRate > 2 || optimizer == 'sgd' || depth == 14"],
  });
  const projection = projectionOf(spec, ['depth', 'width', 'batchSize']);
  const all = Array.from({ length: projection.size }, (_, index) => projection.at(index));

  it('has the parameters, those they depend on, and the ends of continuous ranges', () => {
    expect(all).toEqual(
      [8, 14].flatMap((depth) => [
        { depth, optimizer: 'sgd' },
        { depth, optimizer: 'adamw', width: 1 },
        { depth, optimizer: 'adamw', width: 4 },
      ]),
    );
  });

  it('knows which of them constraints leave, those over other parameters too', () => {
    expect(all.map((values) => projection.isReached(values))).toEqual([
      ...[true, false, false], // depth 8 with adamw would need a learning rate that is not there
      ...[false, false, true], // depth 14 needs a width beyond 1, which is the default as well
    ]);
  });

  it('is one combination of nothing where the recipe has all', () => {
    const none = projectionOf(specOf({ space: { seed: [1] }, recipe: { depth: 8 } }), ['depth']);
    expect([none.size, none.at(0), none.isReached({})]).toEqual([1, {}, true]);
  });
});
