import { join } from 'node:path';
import { aTrainingConfig, aTrainJob, useTempDir } from '@fathom/testkit';
import { TrainerProcess, type TrainerResult } from '../supervisor/trainer-process';

jest.setTimeout(120_000);

const EPOCHS = 3;
const job = aTrainJob({ config: aTrainingConfig({ epochs: EPOCHS, width: 0.25, learningRate: 0.05 }) });

describe('a training that goes on after another attempt', () => {
  const dir = useTempDir();

  /** @returns the epochs that were reported */
  async function train(
    more: { repeatLastEpoch?: boolean; untilEpoch?: number } = {},
  ): Promise<{ epochs: number[]; result: TrainerResult }> {
    const epochs: number[] = [];
    const { untilEpoch, ...settings } = more;
    const trainer = new TrainerProcess({
      start: {
        type: 'start',
        job: untilEpoch === undefined ? job : { ...job, untilEpoch },
        cacheDir: join(dir.path, 'cache'),
        checkpointDir: join(dir.path, 'checkpoints'),
        modelDir: join(dir.path, 'model'),
        checkpointEverySteps: 0,
        ...settings,
      },
      env: {},
      onMessage: (message) => {
        if (message.type === 'epoch') epochs.push(message.metrics.epoch);
      },
    });
    return { epochs, result: await trainer.result };
  }

  it('reports the last epoch of the checkpoint, which its predecessor may not have been able to report', async () => {
    const first = await train({ untilEpoch: 2, repeatLastEpoch: true });
    expect(first).toMatchObject({ epochs: [1, 2], result: { type: 'paused' } });
    const second = await train({ repeatLastEpoch: true });
    expect(second).toMatchObject({ epochs: [2, 3], result: { type: 'completed' } });
  });
});
