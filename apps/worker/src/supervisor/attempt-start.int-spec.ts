import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TrainJob } from '@fathom/contracts';
import { createLogger } from '@fathom/runtime';
import { aTrainJob, useTempDir } from '@fathom/testkit';
import { startOf } from './attempt-start';

const logger = createLogger({ name: 'test', level: 'silent' });

describe('the workers that vanished with a trial', () => {
  const dir = useTempDir();
  let folders = 0;

  /** A trial whose attempts are lost one after the other, each after it has come to a step. */
  async function failuresAfter(steps: readonly number[]) {
    const checkpointDir = join(dir.path, String(folders++));
    mkdirSync(checkpointDir);
    let data: TrainJob = aTrainJob();
    const counts: (number | string)[] = [];
    for (const [index, step] of steps.entries()) {
      const save = (next: TrainJob) => Promise.resolve(void (data = next));
      const { signal } = new AbortController();
      const delivery = { data, fence: index + 1, losses: index, madeAtMs: 0, save, signal };
      const start = await startOf(delivery, {
        ...{ checkpointDir, node: 'here', liveNodes: () => Promise.resolve(['here']), logger },
      });
      if (start.type === 'elsewhere') throw new Error('nothing keeps it from this machine');
      counts.push(start.refusal?.class ?? start.history.failures['lost-worker'] ?? 0);
      if (step > 0) writeFileSync(join(checkpointDir, `step-${String(step)}.f${String(index + 1)}.json`), '');
    }
    return counts;
  }

  it('end it when there were six in a row', async () =>
    expect(await failuresAfter([0, 0, 0, 0, 0, 0, 0])).toEqual([0, 1, 2, 3, 4, 5, 'lost-worker']));

  it('are counted from none after each new checkpoint, however many there were', async () =>
    expect(await failuresAfter([5, 10, 15, 20, 25, 30, 35, 35, 35])).toEqual([0, 1, 1, 1, 1, 1, 1, 1, 2]));
});
