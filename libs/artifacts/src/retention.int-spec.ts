import { trainingConfigSchema, type ModelFacts } from '@fathom/contracts';
import { noObjectStore, useObjectStore, useTempDir } from '@fathom/testkit';
import { CheckpointFolders } from './checkpoint-folders';
import { CheckpointStore } from './checkpoint-store';
import { CheckpointWriter } from './checkpoint-writer';
import { keepBestModels } from './model-retention';
import { writeModel } from './model-store';
import type { CheckpointMark } from './retention';
import { under } from './stores/location';
import { openArtifacts } from './stores/open-artifacts';

const SWEEP = '00000000-0000-4000-8000-000000000001';
const retention = { last: 2, best: 1, rungs: true };
const checkpoint = (step: number, mark: CheckpointMark) => ({
  step,
  state: {},
  tensors: { bias: { dtype: 'F32' as const, shape: [1], data: Float32Array.of(step) } },
  mark,
});

const temp = useTempDir();
const objects = useObjectStore();
let places = 0;
const drivers: [string, () => Promise<string>][] = [
  ['a folder', () => Promise.resolve(under(temp.path, `place-${String(places++)}`))],
];
if (noObjectStore === undefined)
  drivers.push(['an object store', async () => `s3://${await objects.createBucket()}`]);

describe.each(drivers)('what stays in %s', (_driver, newPlace) => {
  let place: string;
  beforeEach(async () => {
    place = await newPlace();
  });
  const steps = async (dir: string) =>
    (await openArtifacts(dir).list())
      .flatMap((name) => /^step-(\d+).*\.json$/.exec(name)?.[1] ?? [])
      .map(Number)
      .toSorted((a, b) => a - b);

  it('is the best, the newest and those at a rung, over attempts and as the writer writes them', async () => {
    const folders = new CheckpointFolders(place, retention);
    const dir = folders.of(SWEEP, 'a');
    const scores = [0.9, 0.2, 0.5, 0.6, 0.7];
    for (const [i, score] of scores.entries()) {
      // Each a new store, which has to read what the marks of the others are.
      const store = new CheckpointStore(dir, { fence: 1, retention });
      await store.write(checkpoint(i + 1, { score, rung: i === 0 }));
    }
    expect(await steps(dir)).toEqual([1, 2, 4, 5]);
    const writer = new CheckpointWriter(dir, { fence: 2, retention });
    for (const [step, score] of [
      [6, 0.1],
      [7, 0.3],
      [8, 0.4],
    ] as const) {
      writer.write(checkpoint(step, { score }));
      await writer.flush();
    }
    await writer.close();
    expect(await steps(dir)).toEqual([1, 6, 7, 8]);
    const read = await new CheckpointStore(dir, { fence: 2 }).newest();
    expect(read).toEqual(checkpoint(8, { score: 0.4 }));

    await folders.dropTrial(SWEEP, 'a', { keepPauses: false, upToFence: 1 });
    expect(await steps(folders.keptOf(SWEEP, 'a'))).toEqual([1]);
    await folders.dropTrial(SWEEP, 'a', { keepPauses: false });
    expect(await steps(dir)).toEqual([]);
    expect(await steps(folders.keptOf(SWEEP, 'a'))).toEqual([1, 6]);
    const best = await new CheckpointStore(folders.keptOf(SWEEP, 'a'), { fence: 2 }).at(6);
    expect(best?.tensors['bias']?.data).toEqual(Float32Array.of(6));
    await folders.dropSweep(SWEEP);
    expect(await folders.sweeps()).toEqual([]);
    expect(await steps(folders.keptOf(SWEEP, 'a'))).toEqual([1, 6]);
  });

  it('is nothing of a trial that has ended, where nothing else was asked for', async () => {
    const folders = new CheckpointFolders(place);
    await new CheckpointStore(folders.of(SWEEP, 'a')).write(checkpoint(1, { score: 0.1, rung: true }));
    await folders.dropSweep(SWEEP);
    expect(await openArtifacts(place).folders()).toEqual([]);
  });

  it('are the best models of a sweep, whoever removes the others', async () => {
    const { depth, variant, family, block, shortcut, width, stages } = trainingConfigSchema.parse({
      depth: 8,
    });
    const facts = (metrics: ModelFacts['metrics']): ModelFacts => ({
      architecture: { depth, variant, family, block, shortcut, width, stages },
      input: { imageSize: 32, channels: 3, mean: [0.5, 0.4, 0.3], std: [0.2, 0.2, 0.1] },
      classes: ['cat', 'dog'],
      metrics,
    });
    const tensors = { fc: { dtype: 'F32', shape: [1], data: Float32Array.of(1) } } as const;
    const errors = { a: 0.5, b: 0.1, c: 0.3, d: 0.3, e: 0.4 };
    for (const [name, validationError] of Object.entries(errors))
      await writeModel(under(place, name), {
        facts: facts({ validationError, validationLoss: name === 'd' ? 1 : 2 }),
        tensors,
      });
    await writeModel(under(place, 'unmeasured'), { facts: facts({}), tensors });
    await openArtifacts(under(place, 'being-written')).write('model.safetensors.0d5f-11.tmp', 'half');
    await Promise.all([keepBestModels(place, 2), keepBestModels(place, 2), keepBestModels(place, 2)]);
    expect((await openArtifacts(place).folders()).toSorted()).toEqual(['b', 'being-written', 'd']);
    expect(await keepBestModels(place, 2)).toEqual([]);
    expect(await keepBestModels(place, 1)).toEqual(['d']);
  });
});
