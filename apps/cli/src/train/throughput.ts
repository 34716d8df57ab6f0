import type { StepMetrics } from '@fathom/contracts';

/**
 * Training images per second over all step reports but the first, which has the warm-up in it. Validation and
 * checkpoints are not in a step's time.
 *
 * @returns undefined for fewer than two reports
 */
export function throughput(reports: readonly StepMetrics[]): number | undefined {
  let [images, seconds] = [0, 0];
  for (const [i, report] of reports.entries()) {
    const before = reports[i - 1];
    if (before === undefined) continue;
    const time = (report.step - before.step) * report.stepSeconds;
    seconds += time;
    images += report.imagesPerSecond * time;
  }
  return seconds > 0 ? images / seconds : undefined;
}
