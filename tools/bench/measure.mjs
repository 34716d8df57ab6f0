// One case: the contenders that fit into memory together, interleaved; the others afterwards, against ours alone.
import { ContenderError, ContenderProcess } from './contender-process.mjs';
import { matrixProduct } from './contenders.mjs';
import { interleave } from './interleave.mjs';

const MATRIX = 2048;
const PRODUCTS = 6;
/** Of one step of the matrix product's process. */
const MATRIX_FLOPS = PRODUCTS * 2 * MATRIX ** 3;
/** Left to the system and to this process. */
const RESERVE = 1.5e9;

/**
 * @typedef {object} Measured
 * @property {string} name of the contender
 * @property {string} title
 * @property {string} precision it computed in
 * @property {string} [skipped] why there are no figures
 * @property {number[]} [stepMs] by round
 * @property {number[]} [oursMs] of our step in the same rounds
 * @property {number} [firstMs] of the first step, with whatever is compiled in it
 * @property {number} [peakBytes]
 */

/**
 * @param {import('./cases.mjs').Case} benchCase
 * @param {string} precision
 * @param {readonly import('./contenders.mjs').Contender[]} contenders the first is ours
 * @param {{ rounds: number, roundMs: number, machine: import('./environment.mjs').Machine, say: (line: string) => void }} options
 * @returns {Promise<{ contenders: Measured[], matrixFlops: number[], versions: Record<string, string> }>}
 */
export async function measure(benchCase, precision, contenders, options) {
  const precisionOf = ({ precisions }) => (precisions.includes(precision) ? precision : precisions[0]);
  const needs = (contender) => contender.memory(benchCase, precisionOf(contender));
  const available = process.availableMemory() - RESERVE;
  const [ours, ...others] = contenders;
  const together = [ours];
  const apart = [];
  let sum = needs(ours) + needs(matrixProduct);
  for (const contender of others.toSorted((a, b) => needs(a) - needs(b))) {
    if (sum + needs(contender) <= available) {
      sum += needs(contender);
      together.push(contender);
    } else apart.push(contender);
  }
  const result = await group(benchCase, precision, together, precisionOf, options);
  for (const contender of apart) {
    const gigabytes = (bytes) => `${(bytes / 1e9).toFixed(1)} GB`;
    if (needs(ours) + needs(contender) > available) {
      const skipped = `needs about ${gigabytes(needs(contender))} of memory beside ours, ${gigabytes(available)} are there`;
      options.say(`  ${contender.title}: skipped, ${skipped}`);
      result.contenders.push(named(contender, precisionOf, { skipped }));
      continue;
    }
    const rounds = Math.min(3, options.rounds);
    const pair = await group(benchCase, precision, [ours, contender], precisionOf, { ...options, rounds });
    result.contenders.push(...pair.contenders.slice(1));
    Object.assign(result.versions, pair.versions);
  }
  const order = contenders.map(({ name }) => name);
  result.contenders.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  return result;
}

const named = ({ name, title, precisions }, precisionOf, more) => ({
  name,
  title,
  precision: precisionOf({ precisions }),
  ...more,
});

async function group(benchCase, precision, contenders, precisionOf, { rounds, roundMs, machine, say }) {
  const { depth, imageSize, batchSize, classes, parameters } = benchCase;
  const started = [];
  const failed = [];
  const start = async (contender, job) => {
    started.push(await ContenderProcess.start(contender, { ...job, warmup: 3 }, machine));
  };
  try {
    for (const contender of contenders) {
      const job = { depth, imageSize, batchSize, classes, parameters, precision: precisionOf(contender) };
      try {
        await start(contender, job);
      } catch (error) {
        // Without ours there is nothing to compare with.
        if (!(error instanceof ContenderError) || contender === contenders[0]) throw error;
        say(`  ${error.message}`);
        failed.push(named(contender, precisionOf, { skipped: error.message.split('\n')[0] }));
      }
    }
    await start(matrixProduct, { size: MATRIX, products: PRODUCTS, precision });
    const matrix = started.length - 1;
    const times = await interleave(started, {
      rounds,
      roundMs,
      onRound: (round, ms) => {
        const cells = started
          .slice(0, -1)
          .map(({ contender }, i) => `${contender.title} ${ms[i].toFixed(ms[i] < 1000 ? 1 : 0)} ms`);
        const rate = MATRIX_FLOPS / ms[matrix] / 1e6;
        say(`  round ${round + 1}/${rounds}: ${cells.join(', ')}; matrix product ${rate.toFixed(0)} GFLOP/s`);
      },
    });
    const figures = started.slice(0, -1).map((process, i) =>
      named(process.contender, precisionOf, {
        stepMs: times[i],
        oursMs: times[0],
        firstMs: process.ready.firstMs,
        peakBytes: process.peakMemory(),
      }),
    );
    return {
      contenders: [...figures, ...failed],
      matrixFlops: times[matrix].map((ms) => (MATRIX_FLOPS / ms) * 1e3),
      versions: Object.assign({}, ...started.map(({ ready }) => ready.versions)),
    };
  } finally {
    await Promise.all(started.map((process) => process.end()));
  }
}
