// The same step on a GPU: TF32, bfloat16 and float16 at depths 20 to 152, with what nvidia-smi says meanwhile.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { findProgram } from '../setup/command.mjs';
import { caseOf } from './cases.mjs';
import { ContenderError, ContenderProcess } from './contender-process.mjs';
import { interleave } from './interleave.mjs';
import { median } from './statistics.mjs';

const cases = [
  ...['resnet20', 'resnet110'].map((name) => ({ name, batchSize: 128 })),
  ...['resnet18', 'resnet34', 'resnet50', 'resnet101', 'resnet152'].map((name) => ({ name, batchSize: 64 })),
];
const precisions = ['float32', 'bfloat16', 'float16'];
const ROUNDS = 5;
const SAMPLE_MS = 100;

/** The GPU to be used, by nvidia-smi's number: the first one that CUDA_VISIBLE_DEVICES names, else 0. */
const chosenGpu = () => process.env.CUDA_VISIBLE_DEVICES?.split(',')[0] || '0';

/**
 * @param {object} options `cases` and `contenders` as for steps; tf.layers and Keras do not take part
 * @returns {Promise<object>} `device` and `rows`, or `skipped` with the reason why there is nothing
 */
export async function measureGpu({ names, contenders, machine, rounds = ROUNDS, roundMs, say }) {
  const smi = findProgram('nvidia-smi');
  if (smi === undefined) return skipped('there is no nvidia-smi, so no GPU of NVIDIA', say);
  const gpu = chosenGpu();
  const onGpu = { ...machine, gpu };
  const rows = [];
  let device;
  for (const { name, batchSize } of cases.filter((each) => names === undefined || names.includes(each.name)))
    for (const precision of precisions) {
      const benchCase = caseOf(name, batchSize);
      const taking = contenders.filter((each) => each.onGpu && each.precisions.includes(precision));
      const started = [];
      try {
        for (const contender of taking) {
          const { depth, imageSize, classes, parameters } = benchCase;
          const job = { depth, imageSize, batchSize, classes, parameters, precision, warmup: 10 };
          try {
            started.push(await ContenderProcess.start(contender, job, onGpu));
          } catch (error) {
            if (!(error instanceof ContenderError)) throw error;
            say(`  ${error.message}`);
            rows.push({ benchCase, precision, title: contender.title, skipped: error.message });
          }
        }
        const ours = started.find(({ contender }) => contender.name === 'fathom');
        if (ours && !ours.ready.device.startsWith('gpu'))
          return skipped(`TensorFlow computes on ${ours.ready.device}`, say);
        device ??= ours?.ready.device;
        rows.push(...(await figures(started, { benchCase, precision, smi, gpu, rounds, roundMs, say })));
      } finally {
        await Promise.all(started.map((process) => process.end()));
      }
    }
  return { device, rows };
}

function skipped(why, say) {
  say(`GPU: skipped, ${why}`);
  return { skipped: why };
}

async function figures(started, { benchCase, precision, smi, gpu, rounds, roundMs, say }) {
  const samples = started.map(() => []);
  let stop;
  const times = await interleave(started, {
    rounds,
    roundMs,
    onBegin: (i) => (stop = sample(smi, gpu, samples[i])),
    onEnd: () => stop(),
  });
  return started.map((process, i) => {
    const ms = median(times[i]);
    const row = {
      benchCase,
      precision,
      title: process.contender.title,
      stepMs: times[i],
      ms,
      imagesPerSecond: (benchCase.batchSize / ms) * 1e3,
      flops: (benchCase.flops / ms) * 1e3,
      busy: samples[i].length > 0 ? median(samples[i].map(({ busy }) => busy)) : undefined,
      deviceBytes: samples[i].length > 0 ? Math.max(...samples[i].map(({ bytes }) => bytes)) : undefined,
    };
    say(`  ${benchCase.title}, ${precision}, ${row.title}: ${row.imagesPerSecond.toFixed(0)} img/s`);
    return row;
  });
}

/** Collects what nvidia-smi says until the returned function is called. */
function sample(smi, gpu, into) {
  const query = ['--query-gpu=utilization.gpu,memory.used', '--format=csv,noheader,nounits'];
  const child = spawn(smi, [...query, '-i', gpu, '-lms', String(SAMPLE_MS)], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  child.on('error', () => undefined); // there are no samples then, and the table says so
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [busy, mebibytes] = line.split(',').map(Number);
    if (Number.isFinite(busy)) into.push({ busy: busy / 100, bytes: mebibytes * 2 ** 20 });
  });
  return () => child.kill();
}
