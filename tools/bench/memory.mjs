#!/usr/bin/env node
// `npm run bench:memory`: what a training step adds to the memory of its process, predicted and measured. Writes the
// table into docs/benchmarks.md and prints the numbers of the model that would fit best.
// `-- --json FILE` keeps the measurements, `-- --from FILE` takes them from there and predicts anew.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../setup/paths.mjs';
import { say } from '../setup/step.mjs';
import { setUp } from '../setup.mjs';
import { writeSections } from './document.mjs';
import { environmentOf } from './environment.mjs';
import { hardware } from './machine.mjs';

const THREADS = 2;
const CHILD = join(root, 'tools/bench/contenders/memory-of-steps.mjs');

const cases = [
  ...[20, 56, 110].flatMap((depth) => [32, 128].map((batchSize) => ({ depth, imageSize: 32, batchSize }))),
  ...[18, 50, 101].flatMap((depth) => [
    { depth, imageSize: 96, batchSize: 16 },
    { depth, imageSize: 224, batchSize: 4 },
    { depth, imageSize: 224, batchSize: 16 },
  ]),
].flatMap((each) => ['float32', 'bfloat16'].map((precision) => ({ ...each, precision })));

/** Where freed blocks lie is chance: one network takes a tenth more in one process than in the next. */
const RUNS = 3;

function measure(each) {
  const runs = Array.from({ length: RUNS }, () => measureOnce(each)).sort((a, b) => a.measured - b.measured);
  return runs[(RUNS - 1) / 2];
}

/** In a process of its own, with the allocator and the threads that trials have. */
function measureOnce({ depth, imageSize, batchSize, precision }) {
  const job = { depth, imageSize, batchSize, precision, classes: imageSize > 64 ? 1000 : 10 };
  const output = execFileSync(process.execPath, [CHILD, JSON.stringify(job)], {
    env: {
      ...process.env,
      ...environmentOf({ threads: THREADS, allocator: 'keep' }),
      TF_NUM_INTEROP_THREADS: '2',
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return { ...job, ...JSON.parse(output.toString()) };
}

const megabytes = (bytes) => Math.round(bytes / 1e6).toLocaleString('en-US');
const ratioOf = ({ predicted, measured }) => predicted.total / measured;

function section(results, date) {
  const rows = results.map((each) => {
    const { depth, imageSize, batchSize, precision, predicted, measured } = each;
    const { variables, activations, workspace, runtime, compiler, total } = predicted;
    const parts = [variables, activations, workspace, runtime + compiler, total, measured].map(megabytes);
    return `| ${depth} | ${imageSize} px | ${batchSize} | ${precision} | ${parts.join(' | ')} | ${ratioOf(each).toFixed(2)} |`;
  });
  const worst = Math.max(...results.map((each) => Math.abs(ratioOf(each) - 1)));
  const loaded = results.map((each) => each.loaded);
  return [
    `${date}, ${hardware()}, TensorFlow ${results[0].tensorflow}, ${THREADS} threads; the peak of three steps in a process of its own, the median of ${RUNS} processes. ` +
      `Before it builds a graph a process has ${megabytes(Math.min(...loaded))} to ${megabytes(Math.max(...loaded))} MB. ` +
      `The largest difference between prediction and measurement is ${(100 * worst).toFixed(1)} %.`,
    '',
    '| depth | size | batch | precision | variables | activations | workspace | runtime | predicted MB | measured MB | ratio |',
    '| ----: | ---: | ----: | --------- | --------: | ----------: | --------: | ------: | -----------: | ----------: | ----: |',
    ...rows,
  ].join('\n');
}

/** Least squares of the relative error: the numbers of the model that fit the measurements best. */
async function bestModel(results) {
  const { memoryModel } = await import('@fathom/resnet');
  const equations = results.map(({ predicted, parameters, measured }) => {
    const { runtimeBytes, bytesPerNode, compilerBytes } = memoryModel;
    const compiled = predicted.compiler / compilerBytes;
    const nodes = (predicted.runtime - runtimeBytes) / bytesPerNode;
    const rest = measured - predicted.variables - predicted.images;
    return [1, nodes, compiled, predicted.activations, 4 * parameters, rest].map((term) => term / measured);
  });
  const unknowns = [0, 1, 2, 3, 4];
  let rows = unknowns.map((i) =>
    [...unknowns, 5].map((j) => equations.reduce((sum, row) => sum + row[i] * row[j], 0)),
  );
  for (const i of unknowns)
    rows = rows.map((row, k) =>
      k === i ? row : row.map((value, j) => value - (row[i] / rows[i][i]) * rows[i][j]),
    );
  const [runtimeBytes, bytesPerNode, compilerBytes, activations, weightCopies] = rows.map(
    (row, i) => row[5] / row[i],
  );
  return { runtimeBytes, bytesPerNode, compilerBytes, slack: activations - 1, weightCopies };
}

/** From the graph that the child has built, or would build now. */
async function predict({ depth, imageSize, batchSize, precision, classes, target }) {
  const { trainingConfigSchema } = await import('@fathom/contracts');
  const { buildTrainingGraph, resolveArchitecture } = await import('@fathom/resnet');
  const config = trainingConfigSchema.parse({ depth, batchSize, precision, augment: 'none' });
  const architecture = resolveArchitecture(config, { imageSize, channels: 3, classes });
  const pixels = { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] };
  const images = { kind: 'resident', count: batchSize };
  return buildTrainingGraph(architecture, config, pixels, images, { target }).memory;
}

const option = (name) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
};

if (!(await setUp('training', { quiet: true }))) process.exit(1);
const from = option('--from');
const measurements = from ? JSON.parse(readFileSync(from, 'utf8')) : cases.map(measured);
const json = option('--json');
if (json) writeFileSync(json, JSON.stringify(measurements));
const results = [];
for (const each of measurements) results.push({ ...each, predicted: await predict(each) });
const model = Object.entries(await bestModel(results));
say(`best fit: ${model.map(([name, value]) => `${name} ${Number(value.toPrecision(3))}`).join(', ')}`);
await writeSections(join(root, 'docs/benchmarks.md'), {
  memory: section(results, new Date().toISOString().slice(0, 10)),
});

function measured(each) {
  const result = measure(each);
  const { depth, imageSize, batchSize, precision } = each;
  const numbers = `predicted ${megabytes(result.predicted.total)} MB, measured ${megabytes(result.measured)} MB`;
  say(
    `ResNet-${depth}, ${imageSize} px, batch ${batchSize}, ${precision}: ${numbers} (${ratioOf(result).toFixed(2)})`,
  );
  return result;
}
