import {
  cast,
  Graph,
  initialisers,
  initialiseVariables,
  matMul,
  placeholder,
  slice,
  variable,
  writeSavedModel,
  type FloatDType,
} from '@fathom/graph';
import type { Engine } from './engine';

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
  const graph = new Graph();
  const seed = placeholder(graph, 'seed', 'int32', []);
  // Of this size, a product has numbers as large as the other factor.
  const factor = (name: string, stream: number) =>
    cast(
      variable(graph, name, [size, size], initialisers.uniform(seed, stream, Math.sqrt(3 / size))).value,
      precision,
    );
  const [first, other] = [factor('a', 0), factor('b', 1)];
  // One after the other, so that the casts of the factors are a small part of a run.
  let product = first;
  for (let i = 0; i < PRODUCTS; i++) product = matMul(product, other);
  const corner = cast(slice(product, [0, 0], [1, 1]), 'float32');
  const initialise = initialiseVariables(graph);
  const session = engine.load(writeSavedModel(graph));
  try {
    session.run({ seed: { dtype: 'int32', shape: [], data: Int32Array.of(1) } }, [initialise.name]);
    session.run({}, [corner.name]);
    let best = Infinity;
    const end = now() + MEASURE_MS;
    for (let run = 0; run === 0 || (run < MAX_RUNS && now() < end); run++) {
      const began = now();
      session.run({}, [corner.name]);
      best = Math.min(best, now() - began);
    }
    return (2 * PRODUCTS * size ** 3) / (best / 1_000);
  } finally {
    session.close();
  }
}
