import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { noObjectStore, useObjectStore, useTempDir } from '@fathom/testkit';
import type { ArtifactStore } from './artifact-store';
import { openArtifacts } from './open-artifacts';
import { under } from './location';

const temp = useTempDir();
const objects = useObjectStore();
let places = 0;
const drivers: [string, () => Promise<string>][] = [
  ['a folder', () => Promise.resolve(join(temp.path, `place-${String(places++)}`))],
];
if (noObjectStore === undefined)
  drivers.push(['an object store', async () => `s3://${await objects.createBucket()}/some/prefix`]);

describe.each(drivers)('artifacts in %s', (_driver, newPlace) => {
  let place: string;
  let store: ArtifactStore;
  beforeEach(async () => {
    place = await newPlace();
    store = openArtifacts(place);
  });

  it('come back as they were written, the small and the large ones', async () => {
    const large = randomBytes(20 * 2 ** 20 + 7);
    await store.write('empty', '');
    await store.write('text', 'grün');
    await store.write('parts', [large.subarray(0, 9_000_001), large.subarray(9_000_001)]);
    expect((await store.read('empty'))?.length).toBe(0);
    expect((await store.read('text'))?.toString()).toBe('grün');
    expect((await store.read('parts'))?.equals(large)).toBe(true);
    await store.write('text', 'red');
    expect((await store.read('text'))?.toString()).toBe('red');
    expect((await store.list()).toSorted()).toEqual(['empty', 'parts', 'text']);
  });

  it('are not there where nothing was written', async () => {
    expect(await store.read('nothing')).toBeUndefined();
    expect(await store.list()).toEqual([]);
    expect(await store.folders()).toEqual([]);
    await store.remove(['nothing']);
    await store.rename('nothing', 'else');
    expect(await store.fetch('nothing', join(temp.path, 'fetched'))).toBe(false);
    await store.removeIfEmpty();
  });

  it('lie in folders, each with its own', async () => {
    await store.write('mine', '1');
    await openArtifacts(under(place, 'a', 'deep')).write('theirs', '2');
    await openArtifacts(under(place, 'b')).write('theirs', '3');
    await openArtifacts(`${place}-beside`).write('other', '4');
    expect(await store.list()).toEqual(['mine']);
    expect((await store.folders()).toSorted()).toEqual(['a', 'b']);
    expect(await openArtifacts(under(place, 'a', 'deep')).list()).toEqual(['theirs']);
  });

  it('are listed beyond what one answer holds', async () => {
    const names = Array.from({ length: 1_050 }, (_, i) => `n${String(i).padStart(4, '0')}`);
    // As many at a time as there are connections: one that waits for its own for too long is given up.
    for (let first = 0; first < names.length; first += 25)
      await Promise.all(names.slice(first, first + 25).map((name) => store.write(name, name)));
    expect((await store.list()).toSorted()).toEqual(names);
  });

  it('change their names, also into a folder below', async () => {
    await store.write('old name', 'x');
    await store.write('new+name', 'y');
    await store.rename('old name', 'new+name');
    await store.rename('new+name', 'kept/one');
    expect(await store.list()).toEqual([]);
    expect((await openArtifacts(under(place, 'kept')).read('one'))?.toString()).toBe('x');
  });

  it('go from files of this machine and into them', async () => {
    const [from, to] = [join(temp.path, 'from'), join(temp.path, 'deep', 'to')];
    for (const bytes of [Buffer.alloc(0), randomBytes(17 * 2 ** 20)]) {
      writeFileSync(from, bytes);
      await store.put('file', from);
      expect(await store.fetch('file', to)).toBe(true);
      expect(readFileSync(to).equals(bytes)).toBe(true);
    }
  });
});

it('of a folder that were left half-written are removed, and no others', async () => {
  const dir = join(temp.path, 'unfinished');
  mkdirSync(dir);
  for (const name of ['ours.0d5f-11.tmp', 'theirs.0d5f-11.tmp', 'ours', 'notes.tmp'])
    writeFileSync(join(dir, name), '');
  await openArtifacts(dir).removeUnfinished((name) => name === 'ours');
  expect((await openArtifacts(dir).list()).toSorted()).toEqual(['notes.tmp', 'ours', 'theirs.0d5f-11.tmp']);
});
