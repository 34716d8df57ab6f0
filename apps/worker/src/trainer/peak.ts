import type { TrainingConfig } from '@fathom/contracts';
import { measureMatrixRate, type Engine } from '@fathom/engine';

/**
 * Floating-point operations per second that the device makes of matrix products, for the metrics; nothing where it cannot
 * be measured, for no trial is to fail of that.
 *
 * @param onFailed told why
 */
export function peakOf(
  engine: Engine,
  { precision }: TrainingConfig,
  onFailed: (reason: string) => void,
): { peakFlops?: number } {
  try {
    return { peakFlops: measureMatrixRate(engine, precision, () => performance.now()) };
  } catch (error) {
    onFailed(error instanceof Error ? error.message : String(error));
    return {};
  }
}
