import type { ParallelAxis, ParallelCoordinates } from '@fathom/contracts';
import { objectiveText, shortValue } from './analysis-tables';
import { escapeXml } from './format';
import { linear } from './scale';

const WIDTH = 720;
const HEIGHT = 440;
const MARGIN = { top: 84, right: 56, bottom: 48, left: 56 };
/** More lines than this hide each other, and the page grows with each. */
const MAX_LINES = 400;
/** Shades from the best trial to the worst. */
const SHADES = 5;

type Row = ParallelCoordinates['rows'][number];

/**
 * Trials as lines over the axes of parameters and objectives, as one SVG element: the better a trial is in the main
 * objective, the stronger its line. Of many the best are shown, and evenly spaced others.
 */
export function parallelChart({ axes, rows }: ParallelCoordinates): string {
  const main = axes.findIndex(({ kind }) => kind === 'objective');
  const ranked = byMainObjective(axes[main], rows, main);
  const shown = evenly(ranked, MAX_LINES);
  const xOf = linear([0, Math.max(1, axes.length - 1)], [MARGIN.left, WIDTH - MARGIN.right]);
  const scales = axes.map((axis) => scaleOf(axis));
  const lines = shown.map((row, rank) => {
    const shade = Math.min(SHADES - 1, Math.floor((SHADES * rank) / shown.length));
    const dashes = row.state === 'stopped' ? ' stopped' : '';
    return pieces(row, scales, xOf)
      .map((path) => `<polyline class="s${shade}${dashes}" points="${path}"/>`)
      .join('');
  });
  const title = 'All trials, over parameters and objectives';
  const hidden = ranked.length - shown.length;
  const note = `${hidden > 0 ? `${shown.length} of ${ranked.length} trials` : `${shown.length} trials`}, strongest: best; dashed: stopped early`;
  return [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">`,
    `<text class="title" x="24" y="22">${title}</text>`,
    `<text class="tick" text-anchor="end" x="${WIDTH - 24}" y="${HEIGHT - 10}">${note}</text>`,
    // The best are drawn last, over the others.
    `<g class="parallel">${lines.toReversed().join('\n')}</g>`,
    ...axes.map((axis, index) => drawAxis(axis, index, xOf(index), scales[index])),
    '</svg>',
  ].join('\n');
}

function byMainObjective(axis: ParallelAxis | undefined, rows: readonly Row[], index: number): Row[] {
  const sign = axis?.kind === 'objective' && axis.goal === 'maximize' ? -1 : 1;
  const lossOf = (row: Row) => {
    const value = row.values[index];
    return typeof value === 'number' ? sign * value : Infinity;
  };
  return rows
    .map((row) => ({ row, loss: lossOf(row) }))
    .sort((a, b) => (a.loss === b.loss ? a.row.number - b.row.number : a.loss - b.loss))
    .map(({ row }) => row);
}

/** The first quarter of what may be shown as they are, the rest evenly from the others. */
function evenly(ranked: readonly Row[], limit: number): Row[] {
  if (ranked.length <= limit) return [...ranked];
  const first = Math.floor(limit / 4);
  const step = (ranked.length - first) / (limit - first);
  const others = Array.from({ length: limit - first }, (_, i) => ranked[first + Math.floor(i * step)]);
  return [...ranked.slice(0, first), ...others.filter((row) => row !== undefined)];
}

type Scale = (value: number | string | boolean) => number;

function scaleOf(axis: ParallelAxis): Scale {
  const range = [HEIGHT - MARGIN.bottom, MARGIN.top] as const;
  if (axis.kind === 'categorical') {
    const y = linear([0, axis.values.length - 1], range);
    return (value) => y(axis.values.indexOf(value));
  }
  const place = axis.scale === 'log' ? Math.log : Number;
  const y = linear([place(axis.min ?? 0), place(axis.max ?? 0)], range);
  return (value) => y(place(Number(value)));
}

/** A line, in pieces where a parameter is not active. */
function pieces({ values }: Row, scales: readonly Scale[], xOf: (x: number) => number): string[] {
  const found: string[][] = [[]];
  values.forEach((value, index) => {
    const scale = scales[index];
    if (value === null || scale === undefined) found.push([]);
    else found.at(-1)?.push(`${xOf(index).toFixed(1)},${scale(value).toFixed(1)}`);
  });
  return found.filter((points) => points.length > 1).map((points) => points.join(' '));
}

function drawAxis(axis: ParallelAxis, index: number, at: number, scale: Scale | undefined): string {
  const x = at.toFixed(1);
  const name = axis.kind === 'objective' ? axis.metric : axis.parameter;
  const labels = ticksOf(axis).map(({ value, text }) => {
    const y = ((scale?.(value) ?? 0) + 4).toFixed(1);
    return `<text class="tick" text-anchor="middle" x="${x}" y="${y}"><tspan class="halo">${escapeXml(text)}</tspan></text>`;
  });
  // Names of neighbours stand on two lines, so that long ones do not meet.
  return (
    `<line class="axis" x1="${x}" x2="${x}" y1="${MARGIN.top}" y2="${HEIGHT - MARGIN.bottom}"/>${labels.join('')}` +
    `<text text-anchor="middle" class="${axis.kind === 'objective' ? 'objective' : 'label'}" x="${x}" y="${MARGIN.top - 12 - 14 * (index % 2)}">${escapeXml(name)}</text>`
  );
}

/** Of an axis with many values the ends and the middle. */
function ticksOf(axis: ParallelAxis): { value: number | string | boolean; text: string }[] {
  if (axis.kind === 'categorical') {
    const { values } = axis;
    const wanted = values.length <= 8 ? values : [values[0], values[values.length >> 1], values.at(-1)];
    return wanted.flatMap((value) => (value === undefined ? [] : [{ value, text: shortValue(value) }]));
  }
  if (axis.min === null || axis.max === null) return [];
  const { min, max } = axis;
  const middle = axis.scale === 'log' ? Math.sqrt(min * max) : (min + max) / 2;
  const text = (value: number) =>
    axis.kind === 'objective' ? objectiveText(axis.metric, value) : shortValue(value);
  const values = axis.kind === 'integer' ? [min, max] : [min, middle, max];
  return [...new Set(values)].map((value) => ({ value, text: text(value) }));
}
