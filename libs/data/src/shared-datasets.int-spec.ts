import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openArtifacts } from '@fathom/artifacts';

import { aSweepSpec, noObjectStore, useObjectStore, useTempDir } from '@fathom/testkit';
import { openDataset } from './open-dataset';

const spec = aSweepSpec({ dataset: { kind: 'shapes', trainImages: 40, testImages: 20 } }).dataset;
const temp = useTempDir();
const objects = useObjectStore();
let places = 0;
const newFolder = () => join(temp.path, `place-${String(places++)}`);
const drivers: [string, () => Promise<string>][] = [['a folder', () => Promise.resolve(newFolder())]];
if (noObjectStore === undefined)
  drivers.push(['an object store', async () => `s3://${await objects.createBucket()}/datasets`]);

describe.each(drivers)('data sets that machines share in %s', (_driver, newPlace) => {
  /** One that has not seen the data set yet. */
  const open = async (place: string) => {
    const [cacheDir, said] = [newFolder(), [] as string[]];
    const shared = openArtifacts(place);
    const data = await openDataset(spec, { cacheDir, shared, onProgress: (what) => said.push(what) });
    const [name = ''] = readdirSync(join(cacheDir, 'datasets')).filter((file) =>
      file.endsWith('.safetensors'),
    );
    return { data, said, name, file: join(cacheDir, 'datasets', name) };
  };

  it('are made by the first and fetched by the others', async () => {
    const place = await newPlace();
    const first = await open(place);
    expect(await openArtifacts(place).list()).toEqual([first.name]);
    // What only a copy of the shared one can have.
    const shared = openArtifacts(place);
    const marked = withMark((await shared.read(first.name)) ?? Buffer.alloc(0));
    await shared.write(first.name, marked);
    const second = await open(place);
    expect(readFileSync(second.file).equals(marked)).toBe(true);
    expect(second.data).toEqual(first.data);
    expect([first.said, second.said]).toEqual([[], []]);
  });

  it('are refused by name where they are damaged, and made and put anew', async () => {
    const place = await newPlace();
    const first = await open(place);
    const shared = openArtifacts(place);
    const whole = (await shared.read(first.name)) ?? Buffer.alloc(0);
    for (const damaged of [whole.subarray(0, 1_000), flipped(whole)]) {
      await shared.write(first.name, damaged);
      const second = await open(place);
      expect(second.data).toEqual(first.data);
      expect(second.said).toEqual([
        expect.stringMatching(new RegExp(`^the decoded data set .*${first.name} is not used: .+`)),
      ]);
      expect((await shared.read(first.name))?.equals(whole)).toBe(true);
    }
  });
});

it('a data set is had without the others where its shared place cannot be used', async () => {
  const place = newFolder();
  writeFileSync(place, 'a file');
  const said: string[] = [];
  const data = await openDataset(spec, {
    cacheDir: newFolder(),
    shared: openArtifacts(place),
    onProgress: (what) => said.push(what),
  });
  expect(data.train.count + data.validation.count).toBe(40);
  expect(said).toEqual([
    expect.stringMatching(/^the shared data set shapes-\w+\.safetensors cannot be fetched: .*ENOTDIR/),
    expect.stringMatching(/^the shared data set shapes-\w+\.safetensors cannot be put: .*(EEXIST|ENOTDIR)/),
  ]);
});

/** The same data set with other spaces in its header, which says how long it is in its first eight bytes. */
function withMark(bytes: Buffer): Buffer {
  const length = Number(bytes.readBigUInt64LE(0));
  const header = Buffer.concat([bytes.subarray(8, 8 + length), Buffer.alloc(8, ' ')]);
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([size, header, bytes.subarray(8 + length)]);
}

function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy[copy.length - 3]! ^= 1;
  return copy;
}
