import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { trainingConfigSchema, type ModelFacts } from '@fathom/contracts';
import { ModelError } from './model-error';
import { readGivenModels } from './given-models';
import {
  isModelFolder,
  prepareModelFolder,
  readModel,
  readWeights,
  removeUnfinishedModel,
  writeModel,
} from './model-store';

const { depth, variant, family, block, shortcut, width, stages } = trainingConfigSchema.parse({ depth: 8 });
const facts: ModelFacts = {
  architecture: { depth, variant, family, block, shortcut, width, stages },
  input: { imageSize: 32, channels: 3, mean: [0.5, 0.4, 0.3], std: [0.2, 0.2, 0.1] },
  classes: ['cat', 'dog'],
  metrics: { testError: 0.25, perClass: [0.5, 1] },
};
const tensors = {
  'conv1.weight': { dtype: 'F32', shape: [2, 2], data: Float32Array.of(1, 1e-38, -0, 3) },
  'bn1.num_batches_tracked': { dtype: 'I64', shape: [], data: BigInt64Array.of(7n) },
} as const;

let parent: string;
let dir: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'fathom-model-'));
  dir = join(parent, 'deep', 'model');
});
afterEach(() => rmSync(parent, { recursive: true }));

const files = () => readdirSync(dir).toSorted();
const edit = (change: (text: string) => string) => {
  const path = join(dir, 'model.json');
  writeFileSync(path, change(readFileSync(path, 'utf8')));
};

it('comes back as it was written', async () => {
  await writeModel(dir, { facts, tensors });
  const { description, tensors: read } = await readModel(dir);
  expect(description).toMatchObject({ format: 'fathom-model', version: 1, ...facts });
  expect(read).toEqual(tensors);
  expect(files()).toEqual(['model.json', 'model.safetensors']);
});

it('replaces the model that was there, and leaves other files alone', async () => {
  await writeModel(dir, { facts, tensors });
  writeFileSync(join(dir, 'README.md'), 'mine');
  const renamed = { ...facts, classes: ['hen', 'cow', 'pig'] };
  await writeModel(dir, { facts: renamed, tensors });
  expect((await readModel(dir)).description.classes).toEqual(renamed.classes);
  expect(files()).toEqual(['README.md', 'model.json', 'model.safetensors']);
});

it('is a folder, which a file of weights is not', async () => {
  await writeModel(dir, { facts, tensors });
  expect(await isModelFolder(dir)).toBe(true);
  expect(await isModelFolder(join(dir, 'model.safetensors'))).toBe(false);
});

describe('weights to start from', () => {
  it('are read from a model folder and from a file alone', async () => {
    await writeModel(dir, { facts, tensors });
    expect(await readWeights(dir)).toEqual(tensors);
    expect(await readWeights(join(dir, 'model.safetensors'))).toEqual(tensors);
    expect(await readGivenModels({ initialWeights: dir, teacher: '' }, { resumed: false })).toEqual({
      initialState: tensors,
    });
  });

  it('are not needed where none are named, nor by a training that goes on', async () => {
    expect(await readGivenModels({ initialWeights: '', teacher: '' }, { resumed: false })).toEqual({});
    expect(await readGivenModels({ initialWeights: dir, teacher: '' }, { resumed: true })).toEqual({});
  });

  it('are refused by path where they are missing or no safetensors', async () => {
    const path = join(parent, 'resnet50.safetensors');
    await expect(readWeights(path)).rejects.toMatchObject({ kind: 'missing', path });
    writeFileSync(path, 'not a safetensors file');
    await expect(readWeights(path)).rejects.toMatchObject({ kind: 'damaged', path });
  });
});

it('is read as a teacher, also by a training that goes on', async () => {
  await writeModel(dir, { facts, tensors });
  expect(await readGivenModels({ initialWeights: '', teacher: dir }, { resumed: true })).toEqual({
    teacher: { facts, tensors },
  });
  await expect(
    readGivenModels({ initialWeights: '', teacher: parent }, { resumed: false }),
  ).rejects.toMatchObject({ kind: 'missing', path: join(parent, 'model.json') });
});

describe('a model that cannot be used is refused by file', () => {
  const refusal = (kind: string, reason: RegExp) =>
    expect(readModel(dir)).rejects.toEqual(
      expect.objectContaining({ kind, message: expect.stringMatching(reason) as string }),
    );
  beforeEach(() => writeModel(dir, { facts, tensors }));

  it('without a description', async () => {
    rmSync(join(dir, 'model.json'));
    await refusal('missing', /model\.json: it is not there/);
  });

  it('with a torn description', async () => {
    truncateSync(join(dir, 'model.json'), 50);
    await refusal('damaged', /model\.json: it is not JSON/);
  });

  it('of a later version', async () => {
    edit((text) => text.replace('"version": 1', '"version": 2'));
    await refusal('unsupported', /model\.json: .*\n.*at version/);
  });

  it('with the statistics of another number of channels', async () => {
    edit((text) => text.replace('"channels": 3', '"channels": 1'));
    await refusal('unsupported', /one number for each channel/);
  });

  it('with torn weights', async () => {
    truncateSync(join(dir, 'model.safetensors'), 40);
    await refusal('damaged', /model\.safetensors: its SHA-256 is [0-9a-f]{64}, model\.json says/);
  });

  it('without weights', async () => {
    rmSync(join(dir, 'model.safetensors'));
    await refusal('damaged', /model\.safetensors: it is not there/);
  });
});

it('removes what a writer that was killed has left, and nothing else', async () => {
  await removeUnfinishedModel(dir);
  await writeModel(dir, { facts, tensors });
  const others = [...readdirSync(dir), 'notes.tmp'].sort();
  const id = '5a2b3fd6-d4f3-4adf-b54e-25b99ba72f5e';
  const left = [
    `model.json.${id}.tmp`,
    `model.safetensors.${id}.tmp`,
    `model.safetensors.${id}.tmp.${id}.tmp`,
  ];
  for (const name of ['notes.tmp', ...left]) writeFileSync(join(dir, name), 'half');
  await removeUnfinishedModel(dir);
  expect(readdirSync(dir).sort()).toEqual(others);
  expect((await readModel(dir)).description.format).toBe('fathom-model');
});

it('says before a training that a folder cannot take a model', async () => {
  writeFileSync(join(parent, 'deep'), 'a file');
  await expect(prepareModelFolder(dir)).rejects.toThrow(ModelError);
  await expect(prepareModelFolder(dir)).rejects.toMatchObject({ kind: 'unwritable', path: dir });
});
