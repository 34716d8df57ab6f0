import { escapeXml, percent } from './format';
import { linear, ticks } from './scale';

export interface ChartPoint {
  readonly x: number;
  readonly y: number;
  /** Half the length of the error bar, in units of y. */
  readonly spread?: number;
}

export interface ChartSeries {
  readonly name: string;
  /** CSS class: r residual, p plain; the page says what colour that is. */
  readonly style: string;
  readonly points: readonly ChartPoint[];
}

export interface LineChart {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly ChartSeries[];
  /** `step` is the distance of two ticks, for the number of digits. */
  readonly formatY: (y: number, step: number) => string;
  /** Where the x axis has ticks; round numbers where absent. */
  readonly xTicks?: readonly number[];
  /** Names of styles for the legend, where many series share one. */
  readonly legend?: readonly { readonly name: string; readonly style: string }[];
  readonly hasMarks?: boolean;
}

/** Which style of the page a variant has. */
export const VARIANTS = [
  { variant: 'residual', style: 'r' },
  { variant: 'plain', style: 'p' },
] as const;

/** For `formatY` of shares. */
export const percentTick = (y: number, step: number): string => percent(y, step < 0.0099 ? 1 : 0);

const WIDTH = 720;
const HEIGHT = 400;
const MARGIN = { top: 44, right: 24, bottom: 52, left: 76 };

/** A chart as one SVG element. */
export function lineChart(chart: LineChart): string {
  const points = chart.series.flatMap((series) => series.points);
  const xs = points.map((point) => point.x);
  const xDomain: [number, number] = [Math.min(...xs), Math.max(...xs)];
  const yTicks = ticks(
    Math.max(0, Math.min(...points.map((point) => point.y - (point.spread ?? 0)))),
    Math.max(...points.map((point) => point.y + (point.spread ?? 0))),
    6,
  );
  const xTicks =
    chart.xTicks ?? ticks(xDomain[0], xDomain[1], 8).filter((x) => x >= xDomain[0] && x <= xDomain[1]);
  const pad = 24;
  const xOf = linear(xDomain, [MARGIN.left + pad, WIDTH - MARGIN.right - pad]);
  const yOf = linear([yTicks[0] ?? 0, yTicks.at(-1) ?? 1], [HEIGHT - MARGIN.bottom, MARGIN.top]);
  const bottom = HEIGHT - MARGIN.bottom;

  const step = (yTicks[1] ?? 0) - (yTicks[0] ?? 0);
  const grid = yTicks.map((y) => {
    const at = yOf(y).toFixed(1);
    return (
      `<line class="grid" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${at}" y2="${at}"/>` +
      `<text class="tick" text-anchor="end" x="${MARGIN.left - 8}" y="${at}" dy="4">${escapeXml(chart.formatY(y, step))}</text>`
    );
  });
  const xAxis = xTicks.map(
    (x) => `<text class="tick" text-anchor="middle" x="${xOf(x).toFixed(1)}" y="${bottom + 20}">${x}</text>`,
  );
  const legend = chart.legend ?? chart.series;
  return [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeXml(chart.title)}">`,
    `<text class="title" x="${MARGIN.left}" y="22">${escapeXml(chart.title)}</text>`,
    ...grid,
    `<line class="axis" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${bottom}" y2="${bottom}"/>`,
    ...xAxis,
    `<text class="label" text-anchor="middle" x="${(MARGIN.left + WIDTH - MARGIN.right) / 2}" y="${HEIGHT - 10}">${escapeXml(chart.xLabel)}</text>`,
    `<text class="label" text-anchor="middle" transform="translate(16 ${(MARGIN.top + bottom) / 2}) rotate(-90)">${escapeXml(chart.yLabel)}</text>`,
    ...chart.series.map((series) => drawSeries(series, xOf, yOf, chart.hasMarks ?? true)),
    ...legend.map(({ name, style }, i) =>
      legendEntry(name, style, WIDTH - MARGIN.right - 100 * (legend.length - i)),
    ),
    '</svg>',
  ].join('\n');
}

function drawSeries(
  { name, style, points }: ChartSeries,
  xOf: (x: number) => number,
  yOf: (y: number) => number,
  hasMarks: boolean,
): string {
  const path = points.map(({ x, y }) => `${xOf(x).toFixed(1)},${yOf(y).toFixed(1)}`).join(' ');
  const bars = points.flatMap(({ x, y, spread }) => {
    if (spread === undefined || spread === 0) return [];
    const [at, low, high] = [xOf(x).toFixed(1), yOf(y - spread).toFixed(1), yOf(y + spread).toFixed(1)];
    return [`<line class="bar" x1="${at}" x2="${at}" y1="${low}" y2="${high}"/>`];
  });
  const marks = points.map(
    ({ x, y }) => `<circle cx="${xOf(x).toFixed(1)}" cy="${yOf(y).toFixed(1)}" r="4.5"/>`,
  );
  return (
    `<g class="series ${style}"><title>${escapeXml(name)}</title><polyline points="${path}"/>` +
    `${bars.join('')}${hasMarks ? marks.join('') : ''}</g>`
  );
}

const legendEntry = (name: string, style: string, x: number): string =>
  `<g class="series ${style}"><line class="key" x1="${x}" x2="${x + 24}" y1="18" y2="18"/><circle cx="${x + 12}" cy="18" r="4"/></g>` +
  `<text class="tick" x="${x + 30}" y="22">${escapeXml(name)}</text>`;
