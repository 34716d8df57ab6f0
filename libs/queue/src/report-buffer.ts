import type { Report } from '@fathom/contracts';
import { BoundedBuffer } from './bounded-buffer';

/** Reports that wait for Redis. */
export class ReportBuffer extends BoundedBuffer<Report> {
  constructor(limit: number) {
    super(limit, leastImportant);
  }
}

/** A missed step is of no use later, a missed epoch leaves a gap, a missed end leaves a trial without a result. */
function leastImportant(waiting: readonly Report[]): number {
  const step = waiting.findIndex((report) => report.type === 'stepReported');
  const epoch = step >= 0 ? step : waiting.findIndex((report) => report.type === 'epochReported');
  return Math.max(0, epoch);
}
