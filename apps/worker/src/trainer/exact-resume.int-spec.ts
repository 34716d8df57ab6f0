import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TrainingConfig } from '@fathom/contracts';
import { decodeSafetensors } from '@fathom/safetensors';
import { aTrainingConfig, aTrainJob, useTempDir } from '@fathom/testkit';
import { TrainerProcess, type TrainerResult } from '../supervisor/trainer-process';

// Many processes, on a machine that may be busy with others.
jest.setTimeout(240_000);

/** 9 steps in an epoch. */
const EPOCHS = 12;
const LAST_STEP = 9 * EPOCHS;

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const isUnfinished = (file: string) => file.endsWith('.tmp');

const job = (more: Partial<TrainingConfig>) =>
  aTrainJob({ config: aTrainingConfig({ epochs: EPOCHS, width: 0.25, learningRate: 0.05, ...more }) });

/** One trial in folders of its own, trained by one process after the other. */
class Trial {
  readonly resumedFrom: number[] = [];
  readonly refused: string[] = [];
  onStarted: () => void = () => undefined;

  constructor(
    readonly dir: string,
    private readonly job: ReturnType<typeof aTrainJob>,
    private readonly checkpointEverySteps = 1,
  ) {}

  /** Goes on to the end. */
  async finish(): Promise<TrainerResult> {
    return this.start().result;
  }

  /**
   * Goes on until there is a new checkpoint and `isTime` says so, and is killed after another `thenMs`.
   *
   * @returns whether that was before the end
   */
  async killWhen(isTime: (trial: this) => boolean, thenMs: number): Promise<boolean> {
    const before = this.newestStep;
    const trainer = this.start();
    const end = { isReached: false };
    const result = trainer.result.finally(() => (end.isReached = true));
    while (!end.isReached && !(this.newestStep > before && isTime(this))) await sleep(1);
    await sleep(thenMs);
    trainer.kill();
    return (await result).type === 'failed';
  }

  path(file: string): string {
    return join(this.dir, file);
  }

  get newestStep(): number {
    return Math.max(0, ...this.files.map((name) => Number(/^step-(\d+)\.json$/.exec(name)?.[1] ?? 0)));
  }

  get files(): string[] {
    try {
      return readdirSync(this.dir);
    } catch {
      return []; // not made yet
    }
  }

  /** What is left of it: all tensors to the last bit, and the numbers that do not measure time. */
  get last() {
    const step = String(this.newestStep);
    const read = (kind: string) => readFileSync(this.path(`step-${step}.${kind}`));
    const { state } = JSON.parse(read('json').toString()) as { state: { progress: { lastEpoch: object } } };
    const numbers = { ...state.progress.lastEpoch, seconds: 0, trainSeconds: 0, imagesPerSecond: 0 };
    const tensors = read('safetensors');
    return {
      step,
      numbers,
      names: Object.keys(decodeSafetensors(tensors).tensors),
      tensors: sha256(tensors),
    };
  }

  private start(): TrainerProcess {
    const { job, checkpointEverySteps } = this;
    const dirs = { cacheDir: `${this.dir}-cache`, checkpointDir: this.dir, modelDir: `${this.dir}-model` };
    return new TrainerProcess({
      start: { type: 'start', job, ...dirs, checkpointEverySteps },
      env: { TF_NUM_INTRAOP_THREADS: '2', TF_NUM_INTEROP_THREADS: '1', OMP_NUM_THREADS: '2' },
      onMessage: (message) => {
        if (message.type === 'started') {
          this.resumedFrom.push(message.resumedFromStep);
          this.onStarted();
        }
        if (message.type === 'progress' && message.what.includes('is not used'))
          this.refused.push(message.what);
      },
    });
  }
}

/** The same numbers from 0 to 1 in every run of the test. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 8) / 2 ** 24;
  };
}

const temp = useTempDir();
const trial = (name: string, more: Partial<TrainingConfig> = {}) =>
  new Trial(join(temp.path, name), job(more));

describe('a trial whose process is killed again and again', () => {
  it.each<[string, number, Partial<TrainingConfig>, string[]]>([
    ['SGD with momentum', 5, {}, ['conv1.weight', 'conv1.weight.velocity', 'bn1.running_var']],
    [
      'AdamW with averages, clipping and every augmentation in bfloat16',
      2,
      {
        ...{ precision: 'bfloat16', optimizer: 'adamw', learningRate: 0.002, emaDecay: 0.9, gradientClip: 1 },
        ...{
          augment: 'resized-crop-flip',
          flipping: 'alternating',
          cutout: 0.5,
          mixup: 0.4,
          cleanFraction: 0.4,
          labelSmoothing: 0.1,
        },
      },
      [
        'conv1.weight.mean',
        'conv1.weight.square',
        'conv1.weight.ema',
        'bn1.running_var.ema',
        'optimizer.steps',
      ],
    ],
    [
      'images that grow, and Muon',
      1,
      { initialScale: 0.5, fullSizeFraction: 0.4, precision: 'bfloat16', optimizer: 'muon' },
      ['conv1.weight', 'conv1.weight.velocity'],
    ],
    [
      'a scaled loss in float16',
      1,
      { precision: 'float16', nesterov: true },
      ['loss_scale', 'loss_scale.good_steps'],
    ],
  ])(
    'ends with the weights of one that was left alone, bit for bit: %s',
    async (what, kills, more, state) => {
      const random = seeded(20);
      const alone = trial(`${what} alone`, more);
      expect(await alone.finish()).toMatchObject({ type: 'completed' });

      expect(alone.last.names).toEqual(expect.arrayContaining(state));

      const killed = trial(`${what} killed`, more);
      for (let kill = 1; kill <= kills; kill++) {
        // Somewhere in its share of the steps, and in whatever the process does at that moment.
        const step = Math.floor(((kill - random() * 0.9) * LAST_STEP) / (kills + 1));
        expect(await killed.killWhen(({ newestStep }) => newestStep >= step, random() * 20)).toBe(true);
      }
      const result = await killed.finish();
      expect(result).toMatchObject({ type: 'completed', metrics: { step: LAST_STEP } });
      expect(killed.resumedFrom).toHaveLength(kills + 1);
      expect(killed.resumedFrom.every((step, i) => i === 0 || step > killed.resumedFrom[i - 1]!)).toBe(true);
      expect(killed.last).toEqual(alone.last);
    },
  );

  it('is not misled by checkpoints that were being written', async () => {
    // 5 MB of weights and as much of velocities: a write takes much longer than a step.
    const wide = { width: 4, epochs: 2 };
    const alone = trial('wide alone', wide);
    expect(await alone.finish()).toMatchObject({ type: 'completed' });

    const killed = trial('wide killed', wide);
    let torn = 0;
    for (let kill = 1; kill <= 2; kill++) {
      expect(await killed.killWhen(({ files }) => files.some(isUnfinished), 0)).toBe(true);
      if (killed.files.some(isUnfinished)) torn++;
    }
    expect(torn).toBeGreaterThan(0);
    expect(await killed.finish()).toMatchObject({ type: 'completed', metrics: { step: 18 } });
    expect(killed.files.filter(isUnfinished)).toEqual([]);
    expect(killed.last).toEqual(alone.last);
  });

  it('goes on from the checkpoint before where the last one was damaged, and says so', async () => {
    const alone = trial('alone');
    const damaged = trial('damaged');
    await alone.finish();
    expect(await damaged.killWhen(({ newestStep }) => newestStep >= 30, 0)).toBe(true);
    const { newestStep } = damaged;
    truncateSync(damaged.path(`step-${String(newestStep)}.safetensors`), 1_000);
    expect(await damaged.finish()).toMatchObject({ type: 'completed' });
    expect(damaged.refused).toContainEqual(
      expect.stringMatching(
        `^checkpoint step-${String(newestStep)} is not used: its tensors have 1000 bytes`,
      ),
    );
    expect(damaged.resumedFrom[1]).toBeGreaterThan(0);
    expect(damaged.resumedFrom[1]).toBeLessThan(newestStep);
    expect(damaged.last).toEqual(alone.last);
  });
});

describe('a trial with checkpoints that it cannot use', () => {
  it('refuses those of another configuration, by field', async () => {
    const first = trial('seeds');
    expect(await first.killWhen(() => true, 0)).toBe(true);
    expect(await trial('seeds', { seed: 5 }).finish()).toMatchObject({
      type: 'failed',
      failure: {
        class: 'user-error',
        message: expect.stringMatching(
          /given seed 5, allowed is only what it was made with: seed 0/,
        ) as string,
      },
    });
  });

  it('fails where they cannot be written', async () => {
    const lost = trial('lost');
    // It has looked for checkpoints by then, and has none to write yet.
    lost.onStarted = () => writeFileSync(lost.dir, 'not a folder');
    expect(await lost.finish()).toMatchObject({
      type: 'failed',
      failure: {
        class: 'storage',
        message: expect.stringMatching(/checkpoint of step \d+ cannot be written to .*ENOTDIR/) as string,
      },
    });
  });
});
