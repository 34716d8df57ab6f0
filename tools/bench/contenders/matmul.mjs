// The machine's rate of matrix products: 2048 x 2048 times 2048 x 2048 by the same engine.
import {
  cast,
  Graph,
  initialisers,
  initialiseVariables,
  matMul,
  placeholder,
  slice,
  variable,
} from '@fathom/graph';
import { writeSavedModel } from '@fathom/graph';
import { openEngine } from '@fathom/engine';
import { serve } from './protocol.mjs';

const job = JSON.parse(process.argv[2]);
const { size, products, precision } = job;
const engine = openEngine();
const graph = new Graph();
const seed = placeholder(graph, 'seed', 'int32', []);
// Of this size, a product has numbers as large as the other factor.
const factor = (name, stream) =>
  variable(graph, name, [size, size], initialisers.uniform(seed, stream, Math.sqrt(3 / size)));
const [a, b] = [factor('a', 0), factor('b', 1)].map(({ value }) => cast(value, precision));
// One after the other, so that the casts of the factors are a small part of a step.
let product = a;
for (let i = 0; i < products; i++) product = matMul(product, b);
const corner = cast(slice(product, [0, 0], [1, 1]), 'float32');
const initialise = initialiseVariables(graph);
const session = engine.load(writeSavedModel(graph));
session.run({ seed: { dtype: 'int32', shape: [], data: Int32Array.of(1) } }, [initialise.name]);

await serve(
  {},
  (count) => {
    let loss = Number.NaN;
    for (let i = 0; i < count; i++) loss = session.run({}, [corner.name])[0].data[0];
    return { steps: count, loss };
  },
  job,
);
