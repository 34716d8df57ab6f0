import { setTimeout as sleep } from 'node:timers/promises';
import type { TrainJob } from '@fathom/contracts';
import { aTrainingConfig } from '@fathom/testkit';
import { aLongTrial, useWorkers } from './testing/use-workers';

// Real trainings on a machine that may be busy with others.
jest.setTimeout(240_000);

describe('trials that share a device', () => {
  const workers = useWorkers();
  const hasBegun = (job: TrainJob) => workers.reportsOf(job).length > 0;
  const stop = ({ sweepId, trialId }: TrainJob) =>
    workers.control.publishControl({ type: 'stopTrial', sweepId, trialId, keepPauses: false });

  it('are let in by what they are predicted to take, and more of them by what they were seen to take', async () => {
    // A training of this size takes half a gigabyte, mostly TensorFlow.
    await workers.start({ FATHOM_SLOTS: '3', FATHOM_DEVICE_MEMORY_GB: '1.4' });
    const first = aLongTrial({ memoryBytes: 0.8e9 });
    const second = aLongTrial({ memoryBytes: 0.8e9 });
    const wider = aLongTrial({
      memoryBytes: 0.8e9,
      config: aTrainingConfig({ epochs: 5_000, width: 0.5 }),
    });
    await workers.enqueue(first);
    await workers.until(first, 'attemptStarted');
    await workers.enqueue(second);
    await workers.until(second, 'epochReported');
    const [seen] = workers.reportsOf(first).filter(({ type }) => type === 'epochReported');
    const began = await workers.until(second, 'attemptStarted');
    expect(Date.parse(began.at)).toBeGreaterThan(Date.parse(seen?.at ?? ''));
    await workers.enqueue(wider);
    await sleep(2_500);
    expect([first, second, wider].map(hasBegun)).toEqual([true, true, false]);
    await stop(first);
    await stop(second);
    await workers.until(wider, 'epochReported');
    await stop(wider);
  });
});
