import type { FloatDType } from '@fathom/graph';
import type { Engine } from './engine';
import { matrixProducts } from './matrix-products';

/** Large enough to keep the device busy, small enough for some tens of milliseconds. */
const SIZE = { cpu: 512, gpu: 4_096 } as const;
const PRODUCTS = 8;
const MEASURE_MS = 60;
const MAX_RUNS = 20;

/**
 * Measures how many floating-point operations per second the device makes of products of large square matrices: two for
 * each multiply-accumulate, the best of some runs. Takes about a tenth of a second after TensorFlow has warmed up.
 *
 * @param now milliseconds of a clock that never goes back
 */
export function measureMatrixRate(engine: Engine, precision: FloatDType, now: () => number): number {
  const size = engine.device === 'cpu' ? SIZE.cpu : SIZE.gpu;
  const products = matrixProducts(engine, { size, count: PRODUCTS, precision });
  try {
    products.run();
    let best = Infinity;
    const end = now() + MEASURE_MS;
    for (let run = 0; run === 0 || (run < MAX_RUNS && now() < end); run++) {
      const began = now();
      products.run();
      best = Math.min(best, now() - began);
    }
    return (2 * PRODUCTS * size ** 3) / (best / 1_000);
  } finally {
    products.close();
  }
}
