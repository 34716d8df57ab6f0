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

export interface MatrixProducts {
  /** Makes all products. @returns one number of the last */
  run(): number;
  close(): void;
}

/**
 * Products of large square matrices, one after the other, so that the casts of the factors are a small part of a run.
 *
 * @param size rows and columns
 * @param count products in a run
 */
export function matrixProducts(
  engine: Engine,
  {
    size,
    count,
    precision,
  }: { readonly size: number; readonly count: number; readonly precision: FloatDType },
): MatrixProducts {
  const graph = new Graph();
  const seed = placeholder(graph, 'seed', 'int32', []);
  // Of this size, a product has numbers as large as the other factor.
  const factor = (name: string, stream: number) =>
    cast(
      variable(graph, name, [size, size], initialisers.uniform(seed, stream, Math.sqrt(3 / size))).value,
      precision,
    );
  const [first, other] = [factor('a', 0), factor('b', 1)];
  let product = first;
  for (let i = 0; i < count; i++) product = matMul(product, other);
  const corner = cast(slice(product, [0, 0], [1, 1]), 'float32');
  const initialise = initialiseVariables(graph);
  const session = engine.load(writeSavedModel(graph));
  session.run({ seed: { dtype: 'int32', shape: [], data: Int32Array.of(1) } }, [initialise.name]);
  return {
    run: () => Number(session.run({}, [corner.name])[0]?.data[0]),
    close: () => session.close(),
  };
}
