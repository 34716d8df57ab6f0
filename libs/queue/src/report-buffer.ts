import type { Report } from '@fathom/contracts';

/** Reports that wait for Redis, in order and bounded: where there are too many, the least important goes first. */
export class ReportBuffer {
  private waiting: Report[] = [];
  private taken = 0;
  private droppedCount = 0;

  constructor(private readonly limit: number) {}

  /** Reports waiting or taken and not put back or replaced by the next take(). */
  get size(): number {
    return this.waiting.length + this.taken;
  }

  get dropped(): number {
    return this.droppedCount;
  }

  push(report: Report): void {
    this.waiting.push(report);
    if (this.waiting.length > this.limit) this.dropOne();
  }

  /** The first `count` reports; they count as waiting until putBack() says which of them still do. */
  take(count: number): Report[] {
    const batch = this.waiting.splice(0, count);
    this.taken = batch.length;
    return batch;
  }

  putBack(reports: readonly Report[]): void {
    this.taken = 0;
    this.waiting = [...reports, ...this.waiting];
    while (this.waiting.length > this.limit) this.dropOne();
  }

  /** A missed step is of no use later, a missed epoch leaves a gap, a missed end leaves a trial without a result. */
  private dropOne(): void {
    const step = this.waiting.findIndex((report) => report.type === 'stepReported');
    const epoch = step >= 0 ? step : this.waiting.findIndex((report) => report.type === 'epochReported');
    this.waiting.splice(Math.max(0, epoch), 1);
    this.droppedCount++;
  }
}
