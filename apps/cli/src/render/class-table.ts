import type { FinalMetrics } from '@fathom/contracts';
import Table from 'cli-table3';
import { percent } from './format';

/** More are too many to read: the least accurate are shown. */
const MAX_ROWS = 20;

/** Test accuracy of each class, least accurate first, and what its images are most often taken for. */
export function classTable(classes: readonly string[], metrics: FinalMetrics): string {
  const { classAccuracy = [], confusion } = metrics;
  const rows = classAccuracy
    .map((accuracy, i) => ({ name: classes[i] ?? String(i), accuracy, confused: confusion?.[i], index: i }))
    .sort((a, b) => a.accuracy - b.accuracy);
  const table = new Table({
    head: ['class', 'accuracy', 'most often taken for'],
    style: { head: [], border: [], compact: true },
    colAligns: ['left', 'right', 'left'],
  });
  for (const { name, accuracy, confused = [], index } of rows.slice(0, MAX_ROWS))
    table.push([name, percent(accuracy, 1), mistake(classes, confused, index)]);
  const hidden = rows.length - MAX_ROWS;
  return hidden > 0 ? `${table.toString()}\nand ${String(hidden)} more` : table.toString();
}

/** `dog (12.0 %)`: of the images of a class, the largest share that was taken for another. */
function mistake(classes: readonly string[], row: readonly number[], own: number): string {
  const others = row.map((count, i) => (i === own ? 0 : count));
  const most = Math.max(0, ...others);
  if (most === 0) return '';
  const at = others.indexOf(most);
  const images = row.reduce((sum, count) => sum + count, 0);
  return `${classes[at] ?? String(at)} (${percent(most / images, 1)})`;
}
