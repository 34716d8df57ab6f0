import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeNewFolder } from './new-folder';

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'fathom-folder-'));
});
afterEach(() => rmSync(parent, { recursive: true }));

const files = { 'model.pb': Uint8Array.of(1, 2), 'extra/classes.txt': 'cat\ndog\n' };

it('makes a folder with folders in it, also in place of an empty one', async () => {
  for (const name of ['deep/er/new', 'empty']) {
    const dir = join(parent, name);
    if (name === 'empty') mkdirSync(dir);
    await writeNewFolder(dir, files);
    expect([...readFileSync(join(dir, 'model.pb'))]).toEqual([1, 2]);
    expect(readFileSync(join(dir, 'extra/classes.txt'), 'utf8')).toBe('cat\ndog\n');
  }
  expect(readdirSync(parent).toSorted()).toEqual(['deep', 'empty']);
});

it('leaves a folder with something in it alone, and nothing of its own behind', async () => {
  const dir = join(parent, 'full');
  mkdirSync(dir);
  writeFileSync(join(dir, 'mine'), 'mine');
  await expect(writeNewFolder(dir, files)).rejects.toMatchObject({
    kind: 'unwritable',
    message: `${dir}: it is there already and not empty`,
  });
  expect(readdirSync(dir)).toEqual(['mine']);
  expect(readdirSync(parent)).toEqual(['full']);
});

it('says where a file is in the way', async () => {
  writeFileSync(join(parent, 'file'), '');
  await expect(writeNewFolder(join(parent, 'file'), files)).rejects.toThrow('is a file');
});
