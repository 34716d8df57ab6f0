import type { DepthRow, Importance, ParallelCoordinates, SweepDetail } from '@fathom/contracts';
import { objectivesText } from './analysis-tables';
import { barChart } from './bar-chart';
import { escapeXml, percent } from './format';
import { htmlPage } from './html-page';
import { lineChart, percentTick, VARIANTS, type ChartSeries } from './line-chart';
import { parallelChart } from './parallel-chart';

export interface AnalysisCharts {
  /** Or why there is none. */
  readonly importance: Importance | string;
  readonly rows: readonly DepthRow[];
  readonly parallel: ParallelCoordinates;
}

/** With two seeds the interval is thirteen standard errors wide on each side, and hides the chart. */
const MIN_SEEDS_FOR_BARS = 3;

/** What the analysis of a sweep shows, as parts of a page; what there is no data for is left out. */
export function analysisSections({ importance, rows, parallel }: AnalysisCharts): string[] {
  const parts: [string, string | undefined][] = [
    ['Which parameters matter', typeof importance === 'string' ? undefined : importanceBars(importance)],
    ['Best settings of each depth', bestByDepth(rows)],
    ['Parallel coordinates', parallel.rows.length === 0 ? undefined : parallelChart(parallel)],
  ];
  return parts.flatMap(([title, chart]) =>
    chart === undefined ? [] : [`<h2>${title}</h2><div class="card">${chart}</div>`],
  );
}

/** The page of `fathom analyse --html`. */
export function analysisPage(input: AnalysisCharts & { readonly sweep: SweepDetail }): string {
  const { sweep, importance } = input;
  return htmlPage(`Fathom: ${sweep.name}`, [
    `<h1>${escapeXml(sweep.name)}</h1>`,
    `<p>${escapeXml(`${sweep.state}; objectives: ${objectivesText(sweep.spec)}`)}</p>`,
    ...(typeof importance === 'string'
      ? [`<p>No importance of parameters yet: ${escapeXml(importance)}</p>`]
      : []),
    ...analysisSections(input),
  ]);
}

function importanceBars({ objective, trials, bestTrials, parameters }: Importance): string {
  const bars = parameters.map(({ parameter, importance }) => ({
    name: parameter,
    share: importance,
    text: percent(importance, 1),
  }));
  return barChart(
    `Importance for ${objective.metric}: best ${bestTrials} of ${trials} trials against all`,
    bars,
  );
}

/** Only where a depth was trained with different settings: otherwise it is the chart of all trials again. */
function bestByDepth(rows: readonly DepthRow[]): string | undefined {
  if (rows.every(({ configurations }) => configurations === 1)) return undefined;
  const series = VARIANTS.flatMap(({ variant, style }): ChartSeries[] => {
    const points = rows
      .filter((row) => row.variant === variant)
      .map(({ depth, best }) => ({ x: depth, y: best.meanTestError, spread: barOf(best) }));
    return points.length === 0 ? [] : [{ name: variant, style, points }];
  });
  return lineChart({
    title: 'Test error of the best settings of each depth',
    xLabel: 'depth (layers with weights)',
    yLabel: 'mean over seeds, 95 % interval',
    series,
    formatY: percentTick,
    xTicks: [...new Set(rows.map((row) => row.depth))],
  });
}

const barOf = ({ trials, intervalTestError }: DepthRow['best']): number =>
  trials.length < MIN_SEEDS_FOR_BARS || intervalTestError === null
    ? 0
    : (intervalTestError.high - intervalTestError.low) / 2;
