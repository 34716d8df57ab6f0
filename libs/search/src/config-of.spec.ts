import { sweepSpecSchema } from '@fathom/contracts';
import { configOf, configsOf } from './config-of';
import { Random } from './random';
import { SearchSpace } from './space/search-space';

describe('configsOf', () => {
  it('says the same of every trial as configOf, conditional parameters included', () => {
    const spec = sweepSpecSchema.parse({
      name: 'test',
      dataset: { kind: 'shapes' },
      space: {
        depth: [8, 14],
        optimizer: ['sgd', 'adamw'],
        momentum: { min: 0.1, max: 0.9, when: { optimizer: ['sgd'] } },
        adamBeta2: { min: 0.9, max: 0.99, when: { optimizer: ['adamw'] } },
      },
      recipe: { epochs: 7, momentum: 0.5 },
      search: { algorithm: 'random', trials: 10 },
    });
    const space = new SearchSpace(spec);
    const { uniform } = Random.seeded(1);
    const one = configsOf(spec);
    for (let i = 0; i < 50; i++) {
      const values = space.draw(uniform);
      expect(one(values)).toEqual(configOf(spec, values));
    }
  });
});
