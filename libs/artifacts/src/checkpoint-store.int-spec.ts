import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CheckpointStorageError } from './checkpoint-storage-error';
import { CheckpointStore, type StoredCheckpoint } from './checkpoint-store';

const checkpoint = (step: number): StoredCheckpoint => ({
  step,
  state: { epoch: 1, generator: [1, -2], nested: { lossSum: 0.1 } },
  tensors: {
    'conv1.weight': { dtype: 'F32', shape: [2, 2], data: Float32Array.of(step, 1e-38, -0, 3) },
    'fc.bias': { dtype: 'F32', shape: [1], data: Float32Array.of(0.5) },
  },
});

describe('CheckpointStore', () => {
  let dir: string;
  let refused: string[];
  let store: CheckpointStore;
  const path = (name: string) => join(dir, 'trial', name);

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'checkpoints-'));
    refused = [];
    store = new CheckpointStore(join(dir, 'trial'), {
      onRefused: (name, reason) => refused.push(`${name}: ${reason}`),
    });
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('has none in a folder that does not exist', async () => {
    expect(await store.newest()).toBeUndefined();
  });

  it('gives back the newest one, bit for bit', async () => {
    await store.write(checkpoint(9));
    await store.write(checkpoint(10));
    const newest = await store.newest();
    expect(newest).toEqual(checkpoint(10));
    expect(Object.is(newest?.tensors['conv1.weight']?.data[2], -0)).toBe(true);
  });

  it('keeps the last two and leaves no temporary file', async () => {
    for (const step of [1, 2, 3]) await store.write(checkpoint(step));
    expect(readdirSync(path('')).sort()).toEqual([
      'step-2.json',
      'step-2.safetensors',
      'step-3.json',
      'step-3.safetensors',
    ]);
  });

  it.each<[string, () => void, string]>([
    ['cut short', () => truncateSync(path('step-2.safetensors'), 40), 'have 40 bytes instead of \\d+$'],
    ['without a byte of tensors', () => truncateSync(path('step-2.safetensors')), 'have 0 bytes'],
    ['with one bit flipped', () => flipBit(path('step-2.safetensors')), 'checksum of its tensors'],
    ['without its tensors', () => rmSync(path('step-2.safetensors')), 'step-2.safetensors is missing'],
    ['without its JSON', () => rmSync(path('step-2.json')), 'step-2.json is missing'],
    ['with half its JSON', () => truncateSync(path('step-2.json'), 10), 'JSON is damaged \\(10 char'],
    ['without a byte of JSON', () => truncateSync(path('step-2.json')), 'JSON is damaged \\(0 char'],
    ['with another number in its JSON', () => changeNumber(path('step-2.json')), 'checksum of its JSON'],
    ['with a JSON of something else', () => writeFileSync(path('step-2.json'), '{}'), 'checksum of its JSON'],
    ['with garbage for JSON', () => writeFileSync(path('step-2.json'), '\0\xff['), 'JSON is damaged'],
    [
      'with the JSON of another step',
      () => copyFileSync(path('step-1.json'), path('step-2.json')),
      'JSON is that of step 1',
    ],
    [
      'with the tensors of another step',
      () => copyFileSync(path('step-1.safetensors'), path('step-2.safetensors')),
      'checksum of its tensors',
    ],
  ])('refuses one %s by name and uses the one before', async (_what, damage, reason) => {
    await store.write(checkpoint(1));
    await store.write(checkpoint(2));
    damage();
    expect(await store.newest()).toEqual(checkpoint(1));
    expect(refused).toEqual([expect.stringMatching(new RegExp(`^step-2: .*${reason}`))]);

    expect(await store.recover()).toEqual(checkpoint(1));
    expect(await store.recover()).toEqual(checkpoint(1));
    expect(refused).toHaveLength(2);
  });

  it('does not let damaged ones push out whole ones', async () => {
    for (const step of [1, 2, 3]) await store.write(checkpoint(step));
    flipBit(path('step-3.safetensors'));
    expect((await store.recover())?.step).toBe(2);
    await store.write(checkpoint(2));
    flipBit(path('step-2.json'));
    await store.write(checkpoint(1));
    expect((await store.recover())?.step).toBe(1);
  });

  it('has none where all are damaged', async () => {
    await store.write(checkpoint(1));
    flipBit(path('step-1.safetensors'));
    expect(await store.recover()).toBeUndefined();
  });

  it('says which folder cannot be used', async () => {
    writeFileSync(join(dir, 'trial'), 'a file');
    const recovery = store.recover();
    await expect(recovery).rejects.toThrow(CheckpointStorageError);
    await expect(recovery).rejects.toThrow(`${join(dir, 'trial')} cannot be used: Error: ENOTDIR`);
  });

  it('removes what a killed writer left unfinished', async () => {
    await store.write(checkpoint(1));
    writeFileSync(path('step-2.safetensors.0d5f-11.tmp'), 'half');
    writeFileSync(path('step-1.json.0d5f-12.tmp'), '');
    writeFileSync(path('notes.tmp'), 'mine');
    expect((await store.recover())?.step).toBe(1);
    expect(readdirSync(path('')).sort()).toEqual(['notes.tmp', 'step-1.json', 'step-1.safetensors']);
    expect(refused).toEqual([]);
  });

  describe('with fences', () => {
    const attempt = (fence: number) => new CheckpointStore(join(dir, 'trial'), { fence });

    it('goes on from the newest of the attempts before, and drops theirs after its own', async () => {
      for (const step of [7, 8, 9]) await attempt(1).write(checkpoint(step));
      await attempt(3).write(checkpoint(5));
      expect(await attempt(4).recover()).toEqual(checkpoint(5));
      expect(await attempt(4).newestStep()).toBe(5);
      for (const step of [6, 7]) await attempt(4).write(checkpoint(step));
      expect(readdirSync(path('')).sort()).toEqual([
        'attempt.f4',
        ...['step-6.f4', 'step-7.f4'].flatMap((name) => [`${name}.json`, `${name}.safetensors`]),
      ]);
    });

    it('refuses an attempt that has been overtaken, and leaves what the later one wrote', async () => {
      await attempt(1).write(checkpoint(9));
      await attempt(2).write(checkpoint(10));
      writeFileSync(path('step-11.f2.json.0d5f-12.tmp'), 'being written');
      const before = readdirSync(path(''));
      const overtaken = /attempt 1 has been overtaken: .*trial is that of attempt 2 now$/;
      await expect(attempt(1).write(checkpoint(11))).rejects.toThrow(overtaken);
      await expect(attempt(1).recover()).rejects.toThrow(overtaken);
      expect(readdirSync(path(''))).toEqual(before);
      await attempt(1).clear(1);
      expect((await attempt(2).newest())?.step).toBe(10);
      await attempt(2).clear();
      expect(readdirSync(dir)).toEqual([]);
    });

    it('refuses an attempt from the moment on in which a later one begins', async () => {
      expect(await attempt(1).recover()).toBeUndefined();
      await attempt(1).write(checkpoint(9));
      expect((await attempt(2).recover())?.step).toBe(9);
      await expect(attempt(1).write(checkpoint(10))).rejects.toMatchObject({ isOvertaken: true });
      await attempt(1).clear(1);
      expect(readdirSync(path(''))).toEqual(['attempt.f2']);
      await expect(attempt(1).recover()).rejects.toThrow(CheckpointStorageError);
    });
  });

  it('refuses another attempt of the same fence, of which one has been forgotten', async () => {
    const attempt = (fence: number) => new CheckpointStore(join(dir, 'trial'), { fence });
    const first = attempt(2);
    await first.recover();
    await first.write(checkpoint(1));
    await expect(attempt(2).recover()).rejects.toThrow(/trial is that of another attempt 2$/);
    // The same one may look again.
    expect((await first.recover())?.step).toBe(1);
    expect((await attempt(3).recover())?.step).toBe(1);
    await expect(first.write(checkpoint(2))).rejects.toMatchObject({ isOvertaken: true });
  });

  it('clears its own files only', async () => {
    await store.write(checkpoint(1));
    writeFileSync(path('notes'), 'mine');
    await store.clear();
    expect(readdirSync(path(''))).toEqual(['notes']);
  });

  it('clears everything', async () => {
    await store.write(checkpoint(1));
    await store.clear();
    expect(readdirSync(dir)).toEqual([]);
    await store.clear();
  });
});

function flipBit(file: string): void {
  const bytes = readFileSync(file);
  bytes[bytes.length - 3]! ^= 1;
  writeFileSync(file, bytes);
}

function changeNumber(file: string): void {
  writeFileSync(file, readFileSync(file, 'utf8').replace('0.1', '0.2'));
}
