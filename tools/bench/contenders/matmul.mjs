// The machine's rate of matrix products: 2048 x 2048 times 2048 x 2048 by the same engine.
import { matrixProducts, openEngine } from '@fathom/engine';
import { serve } from './protocol.mjs';

const job = JSON.parse(process.argv[2]);
const { size, products: count, precision } = job;
const products = matrixProducts(openEngine(), { size, count, precision });

await serve(
  {},
  (steps) => {
    let loss = Number.NaN;
    for (let i = 0; i < steps; i++) loss = products.run();
    return { steps, loss };
  },
  job,
);
