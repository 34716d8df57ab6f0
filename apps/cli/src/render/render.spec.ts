import type { DepthRow } from '@fathom/contracts';
import { duration, escapeXml, meanAndSpread } from './format';
import { chanceWarning, headline } from './html-report';
import { lineChart } from './line-chart';
import { linear, ticks } from './scale';
import { depthTable } from './tables';
import { depthChart } from './terminal-chart';

const row = (depth: number, variant: DepthRow['variant'], meanTestError: number): DepthRow => ({
  depth,
  variant,
  trials: 2,
  configurations: 1,
  meanTestError,
  stdTestError: 0.01,
  intervalTestError: { low: meanTestError - 0.09, high: meanTestError + 0.09 },
  meanValidationError: meanTestError,
  meanTrainSeconds: 10,
  parameters: 272_474,
  best: {
    values: { depth, variant },
    trials: [1, 2],
    meanTestError,
    stdTestError: 0.01,
    intervalTestError: { low: meanTestError - 0.09, high: meanTestError + 0.09 },
  },
});
const rows = [
  row(8, 'residual', 0.3),
  row(8, 'plain', 0.32),
  row(20, 'residual', 0.2),
  row(20, 'plain', 0.4),
];

describe('format', () => {
  it.each([
    [5.04, '5.0 s'],
    [59, '59 s'],
    [61, '1 min 1 s'],
    [3599.6, '1 h 0 min'],
    [7265, '2 h 1 min'],
  ])('writes %d seconds as %s', (seconds, text) => expect(duration(seconds)).toBe(text));

  it('leaves the spread out where there is only one value', () => {
    expect(meanAndSpread(0.1, null)).toBe('10.00 %');
    expect(meanAndSpread(0.1, 0.005)).toBe('10.00 ± 0.50 %');
  });

  it('escapes markup', () => expect(escapeXml(`<a b="c">&'`)).toBe('&lt;a b=&quot;c&quot;&gt;&amp;&#39;'));
});

describe('scale', () => {
  it.each([
    [0.18, 0.41, [0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45]],
    [0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]],
    [5, 5, [5, 6]],
    [0, 0, [0, 0.2]],
  ])('puts round ticks around %d to %d', (low, high, expected) => {
    const found = ticks(low, high, 5);
    if (high - low > 0.1) expect(found).toEqual(expected);
    expect(found[0]).toBeLessThanOrEqual(low);
    expect(found.at(-1)).toBeGreaterThanOrEqual(high);
  });

  it('maps a single value to the middle', () => expect(linear([3, 3], [0, 10])(3)).toBe(5));
});

describe('tables and charts', () => {
  it('puts residual and plain of a depth side by side', () => {
    const lines = depthTable(rows).split('\n');
    expect(lines.find((line) => line.includes(' 20 '))).toMatch(/20\.00 ± 1\.00 %.*40\.00 ± 1\.00 %.*4/);
  });

  it('draws lower error lower', () => {
    const lines = depthChart(rows).split('\n');
    const lineOf = (mark: string, column: number) => lines.findIndex((line) => line[10 + column] === mark);
    const [residual20, plain20] = [lineOf('●', 9 + 4), lineOf('○', 9 + 4)];
    expect(residual20).toBeGreaterThan(plain20);
    expect(plain20).toBeGreaterThan(0);
  });

  it('answers in one sentence', () => {
    expect(headline(rows)).toBe('Lowest test error: residual depth 20, 20.00 ± 1.00 % over 2 trials.');
    expect(headline([])).toBe('No trial completed.');
  });

  it('draws one point without dividing by zero', () => {
    const chart = lineChart({
      title: 't',
      xLabel: 'x',
      yLabel: 'y',
      formatY: String,
      series: [{ name: 'only', style: 'r', points: [{ x: 1, y: 0 }] }],
    });
    expect(chart).not.toMatch(/NaN|Infinity/);
  });
});

describe('chanceWarning', () => {
  it('speaks up where every network only guesses', () => {
    expect(chanceWarning([row(8, 'residual', 0.89), row(20, 'plain', 0.91)], 10)).toContain('90 % error');
    expect(chanceWarning([row(8, 'residual', 0.6), row(20, 'plain', 0.9)], 10)).toBeUndefined();
  });

  it('says nothing where it cannot know', () => {
    expect(chanceWarning([row(8, 'residual', 0.9)], undefined)).toBeUndefined();
    expect(chanceWarning([], 10)).toBeUndefined();
  });
});
