import type { DepthRow, TrialSummary } from '@fathom/contracts';
import Table from 'cli-table3';
import { duration, meanAndSpread, millions, percent } from './format';

export const table = (head: string[], right: number[]): Table.Table =>
  new Table({
    head,
    style: { head: [], border: [], compact: true },
    colAligns: head.map((_, i) => (right.includes(i) ? 'right' : 'left')),
  });

/** Completed trials, lowest test error first. */
export function byTestError(trials: readonly TrialSummary[]): TrialSummary[] {
  return trials
    .filter((trial) => trial.metrics !== null)
    .sort((a, b) => (a.metrics?.testError ?? 1) - (b.metrics?.testError ?? 1));
}

export function leaderboard(trials: readonly TrialSummary[], rows = 10): string {
  const out = table(
    ['#', 'trial', 'depth', 'variant', 'lr', 'batch', 'seed', 'test error', 'val. error', 'time'],
    [0, 1, 2, 4, 5, 6, 7, 8, 9],
  );
  for (const [i, { number, config, metrics }] of byTestError(trials).slice(0, rows).entries()) {
    if (metrics === null) continue;
    const { depth, variant, learningRate, batchSize, seed } = config;
    const settings = [depth, variant, Number(learningRate.toPrecision(3)), batchSize, seed];
    const results = [
      percent(metrics.testError),
      percent(metrics.validationError),
      duration(metrics.trainSeconds),
    ];
    out.push([i + 1, number, ...settings, ...results]);
  }
  return out.toString();
}

/** Test error by depth, residual against plain, mean and standard deviation over the trials of each. */
export function depthTable(rows: readonly DepthRow[]): string {
  const out = table(['depth', 'parameters', 'residual', 'plain', 'trials', 'mean time'], [0, 1, 2, 3, 4, 5]);
  for (const depth of [...new Set(rows.map((row) => row.depth))].sort((a, b) => a - b)) {
    const at = rows.filter((row) => row.depth === depth);
    const cell = (variant: DepthRow['variant']) => {
      const row = at.find((candidate) => candidate.variant === variant);
      return row ? meanAndSpread(row.meanTestError, row.stdTestError) : '–';
    };
    const trials = at.reduce((sum, row) => sum + row.trials, 0);
    const seconds = at.reduce((sum, row) => sum + row.meanTrainSeconds * row.trials, 0) / trials;
    out.push([
      depth,
      millions(Math.max(...at.map((row) => row.parameters))),
      cell('residual'),
      cell('plain'),
      trials,
      duration(seconds),
    ]);
  }
  return out.toString();
}
