import {
  datasetFacts,
  microBatchOf,
  type DepthRow,
  type EpochMetrics,
  type SweepDetail,
  type TrainingConfig,
  type TrialSummary,
} from '@fathom/contracts';
import { analysisSections, type AnalysisCharts } from './analysis-report';
import { duration, escapeXml, meanAndSpread, millions, percent } from './format';
import { htmlPage } from './html-page';
import { lineChart, percentTick, VARIANTS, type ChartSeries } from './line-chart';
import { byTestError } from './tables';

export interface ReportInput {
  readonly sweep: SweepDetail;
  readonly rows: readonly DepthRow[];
  readonly trials: readonly TrialSummary[];
  /** Epoch history by trial id. */
  readonly curves: ReadonlyMap<string, readonly EpochMetrics[]>;
  /** What it ran on, in words. */
  readonly hardware: string;
  readonly analysis?: AnalysisCharts;
}

/** One self-contained page: error by depth, learning curves, leaderboard. */
export function htmlReport(input: ReportInput): string {
  const { sweep, rows, trials, hardware } = input;
  const title = `Fathom: ${sweep.name}`;
  const ended = trials.filter((trial) => trial.metrics !== null).length;
  return htmlPage(title, [
    `<h1>${escapeXml(sweep.name)}</h1>`,
    `<p>${ended} of ${sweep.plannedTrials} trials completed · data: ${escapeXml(sweep.spec.dataset.kind)} · ${escapeXml(hardware)}</p>`,
    `<p>${escapeXml(chanceWarning(rows, datasetFacts(sweep.spec.dataset).classes) ?? headline(rows))}</p>`,
    `<div class="card">${errorByDepth(rows)}</div>`,
    `<div class="card">${depthRows(rows)}</div>`,
    `<h2>Learning curves</h2><div class="card">${learningCurves(input)}</div>`,
    ...(input.analysis === undefined ? [] : analysisSections(input.analysis)),
    `<h2>Leaderboard</h2><div class="card">${leaderboardRows(trials)}</div>`,
  ]);
}

/** Errors above this share of a guess's error say nothing of depth. */
const NEAR_GUESSING = 0.92;

/**
 * A warning where no network has learned, so that the order of the errors is chance.
 *
 * @param classes undefined where only the workers know
 */
export function chanceWarning(rows: readonly DepthRow[], classes: number | undefined): string | undefined {
  if (classes === undefined || rows.length === 0) return undefined;
  const guess = 1 - 1 / classes;
  if (rows.some((row) => row.meanTestError < NEAR_GUESSING * guess)) return undefined;
  return `No network got far from guessing (${percent(guess, 0)} error), so this says nothing of depth: train longer or on more images.`;
}

/** The answer in one sentence. */
export function headline(rows: readonly DepthRow[]): string {
  const [best] = [...rows].sort((a, b) => a.meanTestError - b.meanTestError);
  if (best === undefined) return 'No trial completed.';
  const error = meanAndSpread(best.meanTestError, best.stdTestError);
  return `Lowest test error: ${best.variant} depth ${best.depth}, ${error} over ${best.trials} trial${best.trials === 1 ? '' : 's'}.`;
}

function errorByDepth(rows: readonly DepthRow[]): string {
  const series = VARIANTS.flatMap(({ variant, style }): ChartSeries[] => {
    const points = rows
      .filter((row) => row.variant === variant)
      .sort((a, b) => a.depth - b.depth)
      .map((row) => ({ x: row.depth, y: row.meanTestError, spread: row.stdTestError ?? 0 }));
    return points.length === 0 ? [] : [{ name: variant, style, points }];
  });
  if (series.length === 0) return '<p>No trial completed.</p>';
  return lineChart({
    title: 'Test error by depth',
    xLabel: 'depth (layers with weights)',
    yLabel: 'test error, mean ± standard deviation',
    series,
    formatY: percentTick,
    xTicks: [...new Set(rows.map((row) => row.depth))],
  });
}

function learningCurves({ trials, curves }: ReportInput): string {
  const series = trials.flatMap((trial): ChartSeries[] => {
    const epochs = curves.get(trial.id) ?? [];
    if (epochs.length === 0) return [];
    const style = `${trial.config.variant === 'residual' ? 'r' : 'p'} thin`;
    const name = `trial ${trial.number}: ${trial.config.variant} ${trial.config.depth}, seed ${trial.config.seed}`;
    return [
      { name, style, points: epochs.map(({ epoch, validationError }) => ({ x: epoch, y: validationError })) },
    ];
  });
  if (series.length === 0) return '<p>No epoch was reported.</p>';
  return lineChart({
    title: 'Validation error by epoch, one line a trial',
    xLabel: 'epoch',
    yLabel: 'validation error',
    series,
    formatY: percentTick,
    legend: VARIANTS.map(({ variant, style }) => ({ name: variant, style })),
    hasMarks: series.every(({ points }) => points.length === 1),
  });
}

function htmlTable(head: readonly string[], body: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeXml(cell)}</${tag}>`).join('')}</tr>`;
  return `<table><thead>${row(head, 'th')}</thead><tbody>${body.map((cells) => row(cells, 'td')).join('')}</tbody></table>`;
}

const depthRows = (rows: readonly DepthRow[]): string =>
  htmlTable(
    ['depth', 'variant', 'parameters', 'test error', 'validation error', 'trials', 'time'],
    [...rows]
      .sort((a, b) => a.depth - b.depth || b.variant.localeCompare(a.variant))
      .map((row) => [
        String(row.depth),
        row.variant,
        millions(row.parameters),
        meanAndSpread(row.meanTestError, row.stdTestError),
        percent(row.meanValidationError),
        String(row.trials),
        duration(row.meanTrainSeconds),
      ]),
  );

/** With its parts where it did not fit as a whole. */
const batchInWords = (config: TrainingConfig, microBatch: number | null): string =>
  microBatch === null || microBatch >= microBatchOf(config)
    ? String(config.batchSize)
    : `${config.batchSize} in parts of ${microBatch}`;

const leaderboardRows = (trials: readonly TrialSummary[]): string =>
  htmlTable(
    ['#', 'trial', 'depth', 'variant', 'learning rate', 'batch', 'seed', 'test error', 'time'],
    byTestError(trials).flatMap(({ number, config, microBatch, metrics }, i) =>
      metrics === null
        ? []
        : [
            [
              String(i + 1),
              String(number),
              String(config.depth),
              config.variant,
              String(Number(config.learningRate.toPrecision(3))),
              batchInWords(config, microBatch),
              String(config.seed),
              percent(metrics.testError),
              duration(metrics.trainSeconds),
            ],
          ],
    ),
  );
