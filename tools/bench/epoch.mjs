// What a real epoch costs beside its steps. The worker's training process trains on generated images, with
// augmentation, reports over IPC and a checkpoint every epoch; after each of its epochs it is stopped while bare steps are measured.
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
 * @returns {Promise<object[]>} by precision: `steps` of an epoch, `stepMs` before, between and after the epochs,
 *   `epochMs` of each from the second on, `overheads` as shares of steps x step time around it
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
    const epochs = quick ? 1 : 6;
    // The first epoch says nothing, for its start is not told.
    const training = new TrainingProcess({ depth, batchSize, precision, epochs: epochs + 1 }, machine);
    try {
      await training.epoch();
      const stepMs = [await bareStep()];
      const epochMs = [];
      while (epochMs.length < epochs) {
        epochMs.push(await training.epoch());
        stepMs.push(await bareStep());
      }
      const overheads = epochMs.map((ms, i) => ms / (steps * ((stepMs[i] + stepMs[i + 1]) / 2)) - 1);
      say(
        `${benchCase.name}, ${precision}: an epoch of ${steps} steps takes ${(median(epochMs) / 1000).toFixed(2)} s, ` +
          `${(100 * median(overheads)).toFixed(1)} % more than its steps`,
      );
      results.push({ title: benchCase.title, precision, steps, stepMs, epochMs, overheads });
    } finally {
      training.end();
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

/** The worker's training process, which is stopped between its epochs. */
class TrainingProcess {
  #dir = mkdtempSync(join(tmpdir(), 'fathom-bench-'));
  #trainer;
  #epochEnded = () => undefined;
  /** Never fulfilled: rejected when the process ends, which it does not do while epochs are asked for. */
  #failed;

  constructor(config, machine) {
    this.#trainer = fork(TRAINER, [], {
      env: { ...process.env, ...environmentOf(machine) },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let said = '';
    this.#trainer.stderr.on('data', (chunk) => (said = (said + chunk).slice(-2000)));
    this.#trainer.on('message', ({ type, message }) => {
      if (type === 'epoch') this.#epochEnded();
      if (type === 'failed') said = message;
    });
    this.#failed = new Promise((_, reject) => {
      this.#trainer.on('error', reject);
      this.#trainer.on('close', (code, signal) =>
        reject(new ContenderError(`the training process ended with ${signal ?? code}: ${said}`)),
      );
    });
    // Also where nobody waits for an epoch just then.
    this.#failed.catch(() => undefined);
    process.on('exit', this.#kill);
    this.#trainer.send(
      trainerCommandSchema.parse({
        type: 'start',
        job: {
          sweepId: randomUUID(),
          sweepName: 'bench',
          trialId: randomUUID(),
          trialNumber: 1,
          config,
          dataset: { kind: 'shapes', trainImages: IMAGES, validationFraction: VALIDATION, testImages: 128 },
        },
        cacheDir: join(this.#dir, 'cache'),
        checkpointDir: join(this.#dir, 'checkpoints'),
        modelDir: join(this.#dir, 'model'),
        checkpointEverySteps: 0,
      }),
    );
  }

  /** Lets it train to the end of its next epoch. @returns {Promise<number>} milliseconds, as its supervisor sees it */
  async epoch() {
    const began = performance.now();
    const trained = new Promise((resolve) => (this.#epochEnded = resolve));
    this.#trainer.kill('SIGCONT');
    await Promise.race([trained, this.#failed]);
    this.#trainer.kill('SIGSTOP');
    return performance.now() - began;
  }

  end() {
    process.off('exit', this.#kill);
    this.#kill();
    rmSync(this.#dir, { recursive: true, force: true });
  }

  #kill = () => this.#trainer.kill('SIGKILL');
}
