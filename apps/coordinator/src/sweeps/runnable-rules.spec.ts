import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sweepSpecSchema } from '@fathom/contracts';
import { aSweepSpec } from '@fathom/testkit';
import { parse } from 'yaml';
import { checkArchitecture } from './architecture-check';
import { runnableViolations } from './runnable-rules';

const violations = (overrides: Parameters<typeof aSweepSpec>[0]) =>
  runnableViolations(aSweepSpec(overrides), checkArchitecture);
const paths = (overrides: Parameters<typeof aSweepSpec>[0]) => violations(overrides).map(({ path }) => path);

describe('runnableViolations', () => {
  it('lets the distillation of docs/models.md pass', () => {
    const page = readFileSync(join(__dirname, '../../../../docs/models.md'), 'utf8');
    const shown: unknown = parse(/```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? '');
    const spec = sweepSpecSchema.parse(shown);
    expect(spec.space).toMatchObject({ distillTemperature: [2, 4, 8], distillWeight: [0, 0.5, 0.9] });
    expect(runnableViolations(spec, checkArchitecture)).toEqual([]);
  });

  it('finds nothing wrong with a sweep that can run', () => {
    expect(violations({})).toEqual([]);
  });

  it('names the value of a list that no network has', () => {
    expect(paths({ space: { depth: [8, 9, 14], variant: ['residual', 'plain'] } })).toEqual([
      '$.space.depth[1]',
    ]);
    expect(paths({ space: { depth: { values: [7, 8] } } })).toEqual(['$.space.depth.values[0]']);
  });

  it('knows stages of their own, and refuses a depth that they do not have', () => {
    const space = { learningRate: [0.1] };
    expect(violations({ space, recipe: { depth: 10, stages: '2x16,1x32,1x64' } })).toEqual([]);
    expect(paths({ space, recipe: { depth: 12, stages: '2x16,1x32,1x64' } })).toHaveLength(1);
  });

  it('names parts of a batch that do not divide it', () => {
    const space = { accumulationSteps: [1, 2, 3] };
    expect(violations({ space, recipe: { depth: 8, batchSize: 20 } })).toEqual([
      {
        path: '$.space.accumulationSteps[2]',
        rule: 'accumulation',
        message: '3 parts do not divide the batch of 20 images',
      },
    ]);
  });

  it('names the recipe where the depth stands there', () => {
    expect(paths({ space: { learningRate: [0.1] }, recipe: { depth: 9 } })).toEqual(['$.recipe.depth']);
  });

  it('looks at every depth a range reaches', () => {
    expect(violations({ space: { depth: { min: 8, max: 20, step: 6 } } })).toEqual([]);
    const found = violations({ space: { depth: { min: 8, max: 20, step: 4 } } });
    expect(found).toHaveLength(2);
    expect(found[0]).toMatchObject({ path: '$.space.depth', rule: 'architecture' });
  });

  it('looks at every combination: a depth can fit one block kind and not the other', () => {
    const found = violations({ space: { depth: [14], block: ['basic', 'bottleneck'], family: ['cifar'] } });
    expect(found).toHaveLength(1);
    expect(violations({ space: { depth: [14, 56], block: ['basic'], family: ['cifar'] } })).toEqual([]);
  });

  it('takes no offence at what a condition or a constraint excludes', () => {
    const depth = { min: 8, max: 110 };
    const stages = '2x16,1x32,1x64';
    expect(violations({ space: { depth, seed: [1] }, budget: { maxTrials: 5 } }).length).toBeGreaterThan(5);
    expect(violations({ space: { depth }, constraints: ['(depth - 2) % 6 == 0'] })).toEqual([]);
    expect(
      violations({
        space: { block: ['basic', 'bottleneck'], depth: [14, 56, 29], family: ['cifar'] },
        constraints: ["block == 'basic' && depth != 29 || block == 'bottleneck' && (depth - 2) % 9 == 0"],
      }),
    ).toEqual([]);
    const conditional = { depth: { values: [10], when: { stages: [stages] } }, stages: ['', stages] };
    expect(violations({ space: conditional, recipe: { depth: 8 } })).toEqual([]);
    expect(violations({ space: conditional, recipe: { depth: 9 } })).toMatchObject([
      { path: '$.recipe.depth' },
    ]);
  });

  it('asks constraints that depend on other parameters too', () => {
    const space = { depth: [8, 9], learningRate: { min: 0.1, max: 1 } };
    const search = { algorithm: 'random', trials: 4 } as const;
    expect(paths({ space, search, constraints: ['depth < 9 || learningRate > 0.9'] })).toEqual([
      '$.space.depth[1]',
    ]);
    expect(paths({ space, search, constraints: ['depth < 9 || learningRate > 1'] })).toEqual([]);
  });

  it('looks at parts and batches that come together', () => {
    const space = { depth: [8], accumulationSteps: [1, 2, 3], batchSize: { min: 16, max: 24 } };
    const recipe = {};
    expect(paths({ space, recipe })).toHaveLength(5);
    expect(violations({ space, recipe, constraints: ['batchSize % accumulationSteps == 0'] })).toEqual([]);
    expect(
      paths({
        space: { ...space, accumulationSteps: [3], batchSize: { values: [24], when: { depth: [8] } } },
        recipe: { batchSize: 16 },
      }),
    ).toEqual([]);
    const large = { min: 1, max: 60_000 };
    const search = { algorithm: 'random', trials: 4 } as const;
    const dataset = { kind: 'shapes', trainImages: 100_000 } as const;
    expect(violations({ space: { ...space, batchSize: large }, recipe, search, dataset })).toMatchObject([
      {
        path: '$.space',
        rule: 'accumulation',
        message: expect.stringContaining('180000 combinations') as string,
      },
    ]);
  });

  it('refuses a batch larger than the training split', () => {
    const dataset = { kind: 'shapes', trainImages: 100, validationFraction: 0.2 } as const;
    expect(paths({ dataset, recipe: { batchSize: 81 } })).toEqual(['$.recipe.batchSize']);
    expect(paths({ dataset, recipe: { batchSize: 80 } })).toEqual([]);
    expect(paths({ dataset, recipe: {}, space: { depth: [8], batchSize: [16, 81] } })).toEqual([
      '$.space.batchSize[1]',
    ]);
    expect(paths({ dataset, recipe: {} })).toEqual(['$.dataset']);
  });

  it('refuses to freeze parts that a network does not have', () => {
    const space = { learningRate: [0.1] };
    expect(violations({ space, recipe: { depth: 20, frozenStages: 5 } })).toEqual([
      {
        path: '$.recipe.frozenStages',
        rule: 'frozen-stages',
        message:
          '5 parts are more than the network of depth 20 has: allowed is 0 to 4, the stem and 3 stages',
      },
    ]);
    expect(violations({ space, recipe: { depth: 20, frozenStages: 4 } })).toEqual([]);
    expect(violations({ space, recipe: { depth: 18, frozenStages: 5 } })).toEqual([]);
    const stages = { depth: 10, stages: '2x16,2x32' };
    expect(violations({ space, recipe: { ...stages, frozenStages: 3 } })).toEqual([]);
    expect(paths({ space, recipe: { ...stages, frozenStages: 4 } })).toEqual(['$.recipe.frozenStages']);
    expect(paths({ space: { frozenStages: [0, 4, 6, 9] }, recipe: { depth: 20 } })).toEqual([
      '$.space.frozenStages[2]',
      '$.space.frozenStages[3]',
    ]);
    const both = { depth: [18, 20], frozenStages: [0, 5] };
    expect(paths({ space: both })).toEqual(['$.space.frozenStages[1]']);
    expect(violations({ space: both, constraints: ['depth == 18 || frozenStages == 0'] })).toEqual([]);
    expect(violations({ space, recipe: { depth: 9, frozenStages: 9 } })).toMatchObject([
      { rule: 'architecture' },
    ]);
  });

  it('refuses more trials than a sweep may have', () => {
    const seed = { min: 0, max: 10_000 };
    expect(violations({ space: { depth: [8], seed } })).toMatchObject([{ rule: 'search' }]);
    expect(violations({ space: { depth: [8], seed }, budget: { maxTrials: 10_000 } })).toEqual([]);
  });

  it('refuses a continuous range in a grid', () => {
    const found = violations({ space: { depth: [8], learningRate: { min: 0.01, max: 1 } } });
    expect(found).toMatchObject([
      { rule: 'search', path: expect.stringContaining('$.space.learningRate') as string },
    ]);
  });

  it('gives at most twenty violations', () => {
    const depth = Array.from({ length: 60 }, (_, i) => 9 + 6 * i);
    expect(violations({ space: { depth } })).toHaveLength(20);
  });
});
