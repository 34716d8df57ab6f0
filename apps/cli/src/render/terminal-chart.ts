import type { DepthRow } from '@fathom/contracts';
import { linear, ticks } from './scale';

const HEIGHT = 14;
const COLUMN = 9;
const MARKS = { residual: '●', plain: '○' } as const;

/** Mean test error against depth for a terminal: ● residual, ○ plain, ◉ both on the same spot. */
export function depthChart(rows: readonly DepthRow[]): string {
  if (rows.length === 0) return '(no completed trial)';
  const depths = [...new Set(rows.map((row) => row.depth))].sort((a, b) => a - b);
  const errors = rows.map((row) => row.meanTestError);
  const axis = ticks(Math.min(...errors), Math.max(...errors), 5);
  const [low, high] = [axis[0] ?? 0, axis.at(-1) ?? 1];
  const lineOf = linear([high, low], [0, HEIGHT - 1]);
  const lines = Array.from({ length: HEIGHT }, () => Array<string>(depths.length * COLUMN).fill(' '));
  for (const { depth, variant, meanTestError } of rows) {
    const line = lines[Math.round(lineOf(meanTestError))];
    const column = depths.indexOf(depth) * COLUMN + Math.floor(COLUMN / 2);
    if (line) line[column] = line[column] === ' ' ? MARKS[variant] : '◉';
  }
  const labels = new Map(axis.map((value) => [Math.round(lineOf(value)), `${(100 * value).toFixed(1)} %`]));
  const body = lines.map((line, i) => {
    const label = labels.get(i);
    return `${(label ?? '').padStart(8)} ${label === undefined ? '│' : '┤'}${line.join('').trimEnd()}`;
  });
  const names = depths.map((depth) =>
    String(depth)
      .padStart(Math.ceil((COLUMN + String(depth).length) / 2))
      .padEnd(COLUMN),
  );
  return [
    'test error',
    ...body,
    `${' '.repeat(9)}└${'─'.repeat(depths.length * COLUMN)}`,
    `${' '.repeat(10)}${names.join('')} depth`,
    `${' '.repeat(10)}● residual   ○ plain   ◉ both`,
  ].join('\n');
}
