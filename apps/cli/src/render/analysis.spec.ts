import type { BestSoFar, DepthRow, Importance, ParallelCoordinates, ParetoSet } from '@fathom/contracts';
import { analysisSections } from './analysis-report';
import {
  bestTable,
  confidenceTable,
  importanceTable,
  objectiveText,
  paretoTable,
  valuesText,
} from './analysis-tables';
import { barChart } from './bar-chart';
import { parallelChart } from './parallel-chart';

const trialId = '00000000-0000-4000-8000-000000000001';
const objective = { metric: 'validationError', goal: 'minimize' } as const;

const importance: Importance = {
  objective,
  trials: 40,
  bestTrials: 4,
  parameters: [
    { parameter: 'learningRate', importance: 0.75, divergence: 0.03, trials: 40 },
    { parameter: 'momentum', importance: 0.25, divergence: 0.01, trials: 20 },
  ],
};

const row = (configurations: number): DepthRow => ({
  depth: 8,
  variant: 'residual',
  trials: 6,
  configurations,
  meanTestError: 0.2,
  stdTestError: 0.01,
  intervalTestError: { low: 0.19, high: 0.21 },
  meanValidationError: 0.2,
  meanTrainSeconds: 10,
  parameters: 75_290,
  best: {
    values: { depth: 8, variant: 'residual', learningRate: 0.123456 },
    trials: [1, 2, 3],
    meanTestError: 0.18,
    stdTestError: 0.01,
    intervalTestError: { low: -0.01, high: 0.19 },
  },
});

const parallel = (rows: ParallelCoordinates['rows']): ParallelCoordinates => ({
  axes: [
    { kind: 'categorical', parameter: 'optimizer', values: ['sgd', 'adamw'] },
    { kind: 'float', parameter: 'momentum', min: 0, max: 0.9, scale: 'linear' },
    { kind: 'float', parameter: 'learningRate', min: 0.01, max: 1, scale: 'log' },
    { kind: 'integer', parameter: 'batchSize', min: 32, max: 128, scale: 'linear' },
    { kind: 'objective', metric: 'validationError', goal: 'minimize', min: 0.1, max: 0.2, scale: 'linear' },
  ],
  rows,
});

describe('tables of an analysis', () => {
  it.each([
    ['validationError', 0.0812, '8.12 %'],
    ['trainSeconds', 61, '1 min 1 s'],
    ['parameters', 272_474, '0.27 M'],
    ['testLoss', 1.23456, '1.235'],
  ] as const)('writes a %s of %d as %s', (metric, value, text) =>
    expect(objectiveText(metric, value)).toBe(text),
  );

  it('writes settings short, and those alone that are not said already', () => {
    expect(valuesText({ depth: 8, learningRate: 0.0316228, optimizer: 'sgd' }, ['depth'])).toBe(
      'learningRate 0.0316, optimizer sgd',
    );
  });

  it('has a bar as long as the importance', () => {
    const [first, second] = importanceTable(importance)
      .split('\n')
      .filter((line) => line.includes('%'));
    expect(first).toMatch(/learningRate .* 75\.0 % │ █{18} /);
    expect(second).toMatch(/momentum .* 25\.0 % │ █{6} .* 20 /);
  });

  it('has the error of all trials beside that of the best settings, within what an error can be', () => {
    expect(confidenceTable([row(2)])).toMatch(
      /20\.00 % │ 19\.00 to 21\.00 % │ +3 │ +18\.00 % │ +0\.00 to 19\.00 % │ learningRate 0\.123/,
    );
  });

  it('shows the newest steps of the best so far, and the first points of a Pareto set', () => {
    const point = (number: number) => ({ number, trialId, values: { depth: number }, objectives: [0.1, 5] });
    const step = (number: number): BestSoFar['points'][number] => ({
      number,
      trialId,
      state: number === 3 ? 'stopped' : 'completed',
      value: 1 / number,
      ended: 10 * number,
      endedAt: '2026-01-01T00:00:00.000Z',
      seconds: 60 * number,
    });
    const best = bestTable({ objective, trials: 30, points: [1, 2, 3].map(step) }, 2);
    expect(best).toMatch(/20 │ 2 min 0 s │ +2 │ completed │ +50\.00 %/);
    expect(best).toMatch(/30 │ 3 min 0 s │ +3 │ stopped +│ +33\.33 %/);
    expect(best).toMatch(/and 1 earlier$/);
    const pareto: ParetoSet = {
      objectives: [objective, { metric: 'trainSeconds', goal: 'minimize' }],
      trials: 9,
      points: [1, 2, 3].map(point),
    };
    expect(paretoTable(pareto, 2)).toMatch(/ 2 │ +10\.00 % │ +5\.0 s │ depth 2 [^]*and 1 more$/);
  });
});

describe('charts of an analysis', () => {
  it('draws the longest bar longest, and nothing out of nothing', () => {
    const bars = [0.75, 0.25].map((share) => ({ name: '<b>', share, text: String(share) }));
    const widths = [...barChart('t', bars).matchAll(/ width="([\d.]+)"/g)].map(([, width]) => Number(width));
    expect(widths[0]).toBeCloseTo(3 * (widths[1] ?? 0), 1);
    expect(barChart('t', bars)).toContain('&lt;b&gt;');
    expect(barChart('t', [{ name: 'n', share: 0, text: '0 %' }])).not.toMatch(/NaN|Infinity/);
  });

  it('breaks a line where a parameter is not active, and dashes what was stopped', () => {
    const chart = parallelChart(
      parallel([
        { number: 1, state: 'completed', values: ['sgd', 0.9, 0.1, 32, 0.1] },
        { number: 2, state: 'stopped', values: ['adamw', null, 0.01, 128, 0.2] },
      ]),
    );
    const lines = [...chart.matchAll(/<polyline class="([^"]*)" points="([^"]*)"/g)].map(
      ([, style, points]) => ({
        style,
        points: points?.split(' ').length,
      }),
    );
    // The best last, over the others; of the second trial one axis stands alone on the left of the gap.
    expect(lines).toEqual([
      { style: 's2 stopped', points: 3 },
      { style: 's0', points: 5 },
    ]);
    expect(chart).not.toMatch(/NaN|Infinity/);
  });

  it('shows some of many trials, the best among them', () => {
    const rows = Array.from({ length: 5_000 }, (_, i) => ({
      number: i + 1,
      state: 'completed' as const,
      values: ['sgd', 0.5, 0.1, 64, 0.2 - i / 50_000],
    }));
    const chart = parallelChart(parallel(rows));
    expect(chart.match(/<polyline/g)).toHaveLength(400);
    expect(chart).toContain('400 of 5000 trials');
  });

  it('leaves out what there is no data for', () => {
    const nothing = analysisSections({ importance: 'too few', rows: [row(1)], parallel: parallel([]) });
    expect(nothing).toEqual([]);
    const values = ['sgd', 0.9, 0.1, 32, 0.1];
    const all = analysisSections({
      importance,
      rows: [row(2)],
      parallel: parallel([{ number: 1, state: 'completed', values }]),
    });
    expect(all.map((part) => /<h2>(.*?)<\/h2>/.exec(part)?.[1])).toEqual([
      'Which parameters matter',
      'Best settings of each depth',
      'Parallel coordinates',
    ]);
    expect(all[1]).toContain('class="bar"');
  });
});
