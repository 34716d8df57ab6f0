import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { CheckpointWriter } from '@fathom/artifacts';
import { openDataset } from '@fathom/data';
import { openEngine } from '@fathom/engine';
import { train } from '@fathom/resnet';
import { aTrainingConfig, aTrainJob, useTempDir } from '@fathom/testkit';

const [SETTLED, ENOUGH] = [100, 400];

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
/** Bytes of the process, without what nobody needs any more. */
function residentBytes(): number {
  collectGarbage();
  return process.memoryUsage.rss();
}

describe('a training with very many checkpoints', () => {
  const temp = useTempDir();

  it('keeps neither tensors nor memory of them', async () => {
    const engine = openEngine();
    const data = await openDataset(aTrainJob().dataset, { cacheDir: join(temp.path, 'cache') });
    const writer = new CheckpointWriter(join(temp.path, 'checkpoints'));
    const events = train({
      config: aTrainingConfig({ depth: 20, width: 0.5, batchSize: 2, epochs: 100, emaDecay: 0.9 }),
      data,
      openSession: (savedModel) => engine.load(savedModel),
      signal: new AbortController().signal,
      now: () => performance.now(),
      checkpointEverySteps: 1,
    });
    let [seen, lastStep, checkpointBytes, settledBytes, growth] = [0, 0, 0, 0, 0];
    for await (const event of events) {
      if (event.type !== 'checkpoint') continue;
      const tensors = Object.values(event.checkpoint.tensors);
      checkpointBytes = tensors.reduce((bytes, { data: { byteLength } }) => bytes + byteLength, 0);
      lastStep = event.checkpoint.step;
      writer.write(event.checkpoint);
      if (++seen === SETTLED) settledBytes = residentBytes();
      if (seen === ENOUGH) {
        growth = residentBytes() - settledBytes;
        break;
      }
    }
    await writer.flush();
    await writer.close();
    expect(writer.writtenStep).toBe(lastStep);
    expect(engine.tensorCount()).toBe(0);
    // A tenth of what the checkpoints in between would fill, were they kept.
    expect(growth).toBeLessThan(0.1 * (ENOUGH - SETTLED) * checkpointBytes);
  });
});
