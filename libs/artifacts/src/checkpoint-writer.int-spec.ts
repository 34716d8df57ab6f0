import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { useTempDir } from '@fathom/testkit';
import { CheckpointStorageError } from './checkpoint-storage-error';
import { CheckpointStore, type StoredCheckpoint } from './checkpoint-store';
import { CheckpointWriter } from './checkpoint-writer';

const checkpoint = (step: number, elements = 1_000): StoredCheckpoint => ({
  step,
  state: { progress: { step } },
  tensors: {
    weight: { dtype: 'F32', shape: [elements], data: new Float32Array(elements).fill(step / 3) },
    bias: { dtype: 'F32', shape: [2], data: Float32Array.of(-0, step) },
  },
});

describe('CheckpointWriter', () => {
  const temp = useTempDir();
  const writers: CheckpointWriter[] = [];
  const written: number[] = [];
  let folders = 0;
  const folder = () => join(temp.path, String(folders++));
  const writerTo = (dir: string): CheckpointWriter => {
    const writer = new CheckpointWriter(dir, { onWritten: (step) => written.push(step) });
    writers.push(writer);
    return writer;
  };
  beforeEach(() => void written.splice(0));
  afterEach(() => Promise.all(writers.splice(0).map((writer) => writer.close())));

  it('writes what the store reads, bit for bit, and takes the memory over', async () => {
    const dir = folder();
    const writer = writerTo(dir);
    const given = checkpoint(7);
    writer.write(given);
    expect(given.tensors['weight']?.data).toHaveLength(0);
    expect(writer.writtenStep).toBeUndefined();
    await writer.flush();
    expect(writer.writtenStep).toBe(7);
    const read = await new CheckpointStore(dir).newest();
    expect(read).toEqual(checkpoint(7));
    expect(Object.is(read?.tensors['bias']?.data[0], -0)).toBe(true);
  });

  it('does not wait for the disk, and drops the older one of those that wait', async () => {
    const dir = folder();
    const writer = writerTo(dir);
    for (const step of [1, 2, 3, 4]) writer.write(checkpoint(step, 2_000_000));
    expect(written).toEqual([]);
    await writer.flush();
    expect(written).toEqual([1, 4]);
    expect(readdirSync(dir).sort()).toEqual(
      [1, 4].flatMap((step) => [`step-${String(step)}.json`, `step-${String(step)}.safetensors`]),
    );
  });

  it('lets a flush wait for the newest as well as for the one under way', async () => {
    const writer = writerTo(folder());
    writer.write(checkpoint(1));
    writer.write(checkpoint(2));
    await writer.flush();
    writer.write(checkpoint(3));
    await writer.close();
    expect(written).toEqual([1, 2, 3]);
  });

  it('fails with the step, the folder and the reason, now and from then on', async () => {
    const file = folder();
    writeFileSync(file, 'not a folder');
    const dir = join(file, 'checkpoints');
    const writer = writerTo(dir);
    writer.write(checkpoint(5));
    writer.write(checkpoint(6));
    const failure = writer.flush();
    await expect(failure).rejects.toThrow(CheckpointStorageError);
    await expect(failure).rejects.toMatchObject({ dir, code: 'ENOTDIR' });
    await expect(failure).rejects.toThrow(
      `the checkpoint of step 5 cannot be written to ${dir}: ENOTDIR: not a directory`,
    );
    expect(() => writer.write(checkpoint(7))).toThrow(CheckpointStorageError);
    await expect(writer.flush()).rejects.toThrow(CheckpointStorageError);
    await writer.close();
    expect(written).toEqual([]);
  });

  it('fails where the tensors cannot be written', async () => {
    const writer = writerTo(folder());
    const { tensors, ...rest } = checkpoint(1);
    const torn = { ...rest, tensors: { bias: { ...tensors['bias']!, shape: [3] } } };
    writer.write(torn);
    await expect(writer.flush()).rejects.toThrow(/step 1 .*bias: shape \[3\] has 3 elements, its data 2/);
  });

  it('costs nothing where it was never used', async () => {
    const writer = writerTo(folder());
    await writer.flush();
    await writer.close();
  });
});
