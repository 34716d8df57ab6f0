import { aReport } from '@fathom/testkit';
import { ReportBuffer } from './report-buffer';

const step = (fence: number) => aReport('stepReported', { fence });
const epoch = (fence: number) => aReport('epochReported', { fence });
const completed = (fence: number) => aReport('attemptCompleted', { fence });
const fences = (buffer: ReportBuffer) => buffer.take(100).map((report) => report.fence);

describe('ReportBuffer', () => {
  it('gives reports back in the order they came, also after a batch was put back', () => {
    const buffer = new ReportBuffer(10);
    [step(1), step(2), step(3)].forEach((report) => buffer.push(report));
    const batch = buffer.take(2);
    buffer.push(step(4));
    expect(buffer.size).toBe(4);
    buffer.putBack(batch.slice(1));
    expect(buffer.size).toBe(3);
    expect(fences(buffer)).toEqual([2, 3, 4]);
  });

  it.each([
    ['the oldest step', [epoch(1), step(2), step(3), completed(4)], [1, 3, 4]],
    ['else the oldest epoch', [completed(1), epoch(2), epoch(3), completed(4)], [1, 3, 4]],
    ['else the oldest', [completed(1), completed(2), completed(3), completed(4)], [2, 3, 4]],
  ])('drops %s where there are too many', (_, reports, left) => {
    const buffer = new ReportBuffer(3);
    reports.forEach((report) => buffer.push(report));
    expect(buffer.dropped).toBe(1);
    expect(fences(buffer)).toEqual(left);
  });

  it('stays bounded when a batch is put back', () => {
    const buffer = new ReportBuffer(2);
    buffer.push(step(1));
    const batch = buffer.take(1);
    [step(2), step(3)].forEach((report) => buffer.push(report));
    buffer.putBack(batch);
    expect(buffer.dropped).toBe(1);
    expect(fences(buffer)).toEqual([2, 3]);
  });
});
