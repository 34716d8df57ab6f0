import { finalMetrics } from '@fathom/testkit';
import { classTable } from './class-table';

describe('classTable', () => {
  it('has the least accurate class first, and its most frequent mistake', () => {
    const metrics = finalMetrics({
      classAccuracy: [0.9, 0.4, 1],
      confusion: [
        [9, 1, 0],
        [2, 4, 4],
        [0, 0, 10],
      ],
    });
    const lines = classTable(['cat', 'dog', 'ship'], metrics).split('\n');
    const rows = lines
      .filter((line) => line.includes('%'))
      .map((line) => line.split('│').map((c) => c.trim()));
    expect(rows.map((cells) => cells.slice(1, 4))).toEqual([
      ['dog', '40.0 %', 'ship (40.0 %)'],
      ['cat', '90.0 %', 'dog (10.0 %)'],
      ['ship', '100.0 %', ''],
    ]);
  });

  it('shows the twenty least accurate of many, also without a confusion matrix', () => {
    const metrics = finalMetrics();
    delete metrics.confusion;
    const classAccuracy = Array.from({ length: 101 }, (_, i) => (100 - i) / 100);
    const text = classTable([], { ...metrics, classAccuracy });
    expect(text).toMatch(/ 100 .* 0\.0 %/);
    expect(text).not.toContain('20.0 %');
    expect(text).toMatch(/and 81 more$/);
  });
});
