// What a real epoch costs beside its steps. The worker's training process trains on generated images, with
// augmentation, reports over IPC and a checkpoint every epoch; the bare step is measured before and after it.
import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { trainerCommandSchema } from '@fathom/contracts';
import { run } from '../setup/command.mjs';
import { root } from '../setup/paths.mjs';
import { caseOf } from './cases.mjs';
import { ContenderError, ContenderProcess } from './contender-process.mjs';
import { contenderOf } from './contenders.mjs';
import { median } from './statistics.mjs';
import { environmentOf } from './environment.mjs';

const TRAINER = join(root, 'apps/worker/dist/trainer/main.js');
/** 99 batches of 128 for training, one for validation. */
const IMAGES = 12_800;
const VALIDATION = 0.01;

/**
 * @returns {Promise<object[]>} by precision: `steps` of an epoch, `stepMs` before and after, `epochMs` of each epoch
 *   from the second on, `overhead` as a share of steps x step time
 */
export async function measureEpochs({ precisions, machine, quick, say }) {
  const results = [];
  for (const precision of precisions) {
    const benchCase = caseOf('resnet20');
    const { depth, imageSize, batchSize, classes, parameters } = benchCase;
    const steps = Math.floor((IMAGES * (1 - VALIDATION)) / batchSize);
    const job = { depth, imageSize, batchSize, classes, parameters, precision, warmup: 3 };
    const bare = await ContenderProcess.start(contenderOf('fathom'), job, machine);
    const bareStep = async () => {
      const { ms, steps: done } = await bare.steps(steps);
      return ms / done;
    };
    try {
      const rounds = [];
      let before = await bareStep();
      for (let round = 0; round < (quick ? 1 : 2); round++) {
        const epochMs = await trainEpochs({ depth, batchSize, precision, epochs: quick ? 2 : 4 }, machine);
        const after = await bareStep();
        rounds.push({ before, after, epochMs });
        before = after;
      }
      const overheads = rounds.flatMap((each) =>
        each.epochMs.map((ms) => ms / (steps * ((each.before + each.after) / 2)) - 1),
      );
      const overhead = median(overheads);
      const stepMs = rounds.flatMap((each) => [each.before, each.after]);
      const epochMs = rounds.flatMap((each) => each.epochMs);
      say(
        `${benchCase.name}, ${precision}: an epoch of ${steps} steps takes ${(median(epochMs) / 1000).toFixed(2)} s, ` +
          `${(100 * overhead).toFixed(1)} % more than its steps`,
      );
      results.push({ title: benchCase.title, precision, steps, stepMs, epochMs, overheads, overhead });
    } finally {
      await bare.end();
    }
  }
  return results;
}

/** What an epoch of training feeds and fetches, counted and not timed. */
export async function countFeeds(machine) {
  const counted = await run(process.execPath, [join(root, 'tools/bench/contenders/feeds.mjs')], {
    quiet: true,
    env: { ...process.env, ...environmentOf(machine) },
  });
  return JSON.parse(counted);
}

/** Milliseconds of every epoch but the first, whose start is not told; measured where the supervisor would be. */
async function trainEpochs(config, machine) {
  const dir = mkdtempSync(join(tmpdir(), 'fathom-bench-'));
  const command = trainerCommandSchema.parse({
    type: 'start',
    job: {
      sweepId: randomUUID(),
      sweepName: 'bench',
      trialId: randomUUID(),
      trialNumber: 1,
      config,
      dataset: { kind: 'shapes', trainImages: IMAGES, validationFraction: VALIDATION, testImages: 128 },
    },
    cacheDir: join(dir, 'cache'),
    checkpointDir: join(dir, 'checkpoints'),
    modelDir: join(dir, 'model'),
    checkpointEverySteps: 0,
  });
  try {
    const ends = await new Promise((resolve, reject) => {
      const trainer = fork(TRAINER, [], {
        env: { ...process.env, ...environmentOf(machine) },
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      });
      const times = [];
      let said = '';
      trainer.stderr.on('data', (chunk) => (said = (said + chunk).slice(-2000)));
      trainer.on('message', ({ type, message }) => {
        if (type === 'epoch') times.push(performance.now());
        if (type === 'failed') said = message;
      });
      trainer.on('error', reject);
      trainer.on('close', (code, signal) =>
        code === 0
          ? resolve(times)
          : reject(new ContenderError(`the training process ended with ${signal ?? code}: ${said}`)),
      );
      trainer.send(command);
    });
    return ends.slice(1).map((end, i) => end - ends[i]);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
