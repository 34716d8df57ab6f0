import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CheckpointFolders } from './checkpoint-folders';
import { CheckpointStore } from './checkpoint-store';

const SWEEP = '00000000-0000-4000-8000-000000000001';
const OTHER = '00000000-0000-4000-8000-000000000002';

describe('CheckpointFolders', () => {
  let dir: string;
  let folders: CheckpointFolders;

  const write = (folder: string, step = 10) =>
    new CheckpointStore(folder).write({
      step,
      state: {},
      tensors: { bias: { dtype: 'F32', shape: [1], data: Float32Array.of(1) } },
    });
  const has = async (folder: string) => (await new CheckpointStore(folder).at(10)) !== undefined;

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'folders-'));
    folders = new CheckpointFolders(dir);
    for (const [sweep, trial] of [
      [SWEEP, 'a'],
      [SWEEP, 'b'],
      [OTHER, 'c'],
    ] as const) {
      await write(folders.of(sweep, trial));
      await write(folders.pausesOf(sweep, trial));
    }
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('drops those of a trial, with or without its pauses', async () => {
    await folders.dropTrial(SWEEP, 'a', { keepPauses: true });
    expect([await has(folders.of(SWEEP, 'a')), await has(folders.pausesOf(SWEEP, 'a'))]).toEqual([
      false,
      true,
    ]);
    await folders.dropTrial(SWEEP, 'a', { keepPauses: false });
    expect(existsSync(folders.of(SWEEP, 'a'))).toBe(false);
    expect(await has(folders.of(SWEEP, 'b'))).toBe(true);
    await folders.dropTrial(SWEEP, 'a', { keepPauses: false });
  });

  it('drops those of a sweep, but not of the trials that still run', async () => {
    await folders.dropSweep(SWEEP, new Set(['b']));
    expect([await has(folders.of(SWEEP, 'a')), await has(folders.of(SWEEP, 'b'))]).toEqual([false, true]);
    await folders.dropSweep(SWEEP);
    expect(existsSync(join(dir, SWEEP))).toBe(false);
    expect(await folders.sweeps()).toEqual([OTHER]);
    await folders.dropSweep(SWEEP);
  });

  it('leaves alone what is not its own', async () => {
    const file = join(folders.of(SWEEP, 'a'), 'notes.txt');
    writeFileSync(file, 'mine');
    await folders.dropSweep(SWEEP);
    expect(existsSync(file)).toBe(true);
    expect(await new CheckpointFolders(join(dir, 'nowhere')).sweeps()).toEqual([]);
  });
});
