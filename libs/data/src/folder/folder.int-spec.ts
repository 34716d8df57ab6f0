import { execFile } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { datasetSchema } from '@fathom/contracts';
import { DataError } from '../data-error';
import type { Dataset } from '../dataset';
import { openDataset } from '../open-dataset';
import { manyBandTiff } from '../testing/many-band-tiff';

const BUILT = resolve(__dirname, '../../dist/index.js');

describe('folder of images', () => {
  let dir: string;
  const root = () => join(dir, 'images');
  const open = (overrides: object = {}, onProgress?: (what: string) => void): Promise<Dataset> =>
    openDataset(datasetSchema.parse({ kind: 'folder', path: root(), imageSize: 8, ...overrides }), {
      cacheDir: join(dir, 'cache'),
      ...(onProgress ? { onProgress } : {}),
    });

  async function image(path: string, background: string, width = 12, height = 8): Promise<void> {
    const file = join(root(), path);
    mkdirSync(dirname(file), { recursive: true });
    await sharp({ create: { width, height, channels: 3, background } }).toFile(file);
  }
  async function fill(prefix: string): Promise<void> {
    for (let i = 0; i < 10; i++) {
      await image(`${prefix}crow/${i}.png`, '#102030');
      await image(`${prefix}robin/${i}.jpg`, '#c01010', 8, 30);
    }
  }

  beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'folder-'))));
  afterEach(() => rmSync(dir, { recursive: true }));

  it('decodes class sub-folders to one size and holds out test and validation images', async () => {
    await fill('');
    const data = await open({ testFraction: 0.2, validationFraction: 0.25 });
    expect(data.classes).toEqual(['crow', 'robin']);
    expect(data.imageShape).toEqual([8, 8, 3]);
    expect([data.train.count, data.validation.count, data.test.count]).toEqual([12, 4, 4]);
    const crow = data.train.labels.indexOf(0);
    expect([...data.train.images.subarray(crow * 192, crow * 192 + 3)]).toEqual([0x10, 0x20, 0x30]);
  });

  it('uses train/ and test/ as they are', async () => {
    await fill('train/');
    await fill('test/');
    const data = await open();
    expect([data.train.count + data.validation.count, data.test.count]).toEqual([20, 20]);
  });

  it('turns grey and transparent images into RGB', async () => {
    await fill('');
    await sharp({
      create: { width: 8, height: 8, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0 } },
    }).toFile(join(root(), 'crow/clear.png'));
    await sharp(Buffer.alloc(64, 200), { raw: { width: 8, height: 8, channels: 1 } })
      .png()
      .toFile(join(root(), 'crow/grey.png'));
    const { train, validation, test } = await open();
    const first = [train, validation, test].flatMap((set) =>
      Array.from({ length: set.count }, (_, i) => [...set.images.subarray(i * 192, i * 192 + 3)].join()),
    );
    expect(first).toEqual(expect.arrayContaining(['0,0,0', '200,200,200']));
  });

  it('turns photographs upright as their EXIF says', async () => {
    await fill('');
    // Red over blue, stored lying on its side: orientation 6 is to be turned clockwise.
    const [red, blue] = [Buffer.from([255, 0, 0]), Buffer.from([0, 0, 255])];
    const row = Buffer.concat([...Array<Buffer>(8).fill(red), ...Array<Buffer>(8).fill(blue)]);
    const lying = Buffer.concat(Array<Buffer>(16).fill(row));
    await sharp(lying, { raw: { width: 16, height: 16, channels: 3 } })
      .withMetadata({ orientation: 6 })
      .png()
      .toFile(join(root(), 'crow/upright.png'));
    const { train, validation, test } = await open();
    const corners = [train, validation, test].flatMap((set) =>
      Array.from({ length: set.count }, (_, i) => {
        const pixel = (at: number) => [...set.images.subarray(i * 192 + at * 3, i * 192 + at * 3 + 3)].join();
        return [0, 7, 56, 63].map(pixel).join(' ');
      }),
    );
    expect(corners).toContain('255,0,0 255,0,0 0,0,255 0,0,255');
  });

  it('is decoded by one of several processes that start at once', async () => {
    await fill('');
    const script = `require(${JSON.stringify(BUILT)})
      .openDataset(${JSON.stringify(datasetSchema.parse({ kind: 'folder', path: root(), imageSize: 64 }))}, {
        cacheDir: ${JSON.stringify(join(dir, 'cache'))},
      })
      .then(({ train }) => console.log(train.count, train.images.reduce((a, b) => (a * 31 + b) % 65521)))`;
    const run = promisify(execFile);
    const outputs = await Promise.all([1, 2, 3].map(() => run(process.execPath, ['-e', script])));
    expect(new Set(outputs.map(({ stdout }) => stdout)).size).toBe(1);
    expect(outputs[0]?.stdout).toMatch(/^16 \d+\n$/);
    expect(readdirSync(join(dir, 'cache/datasets'))).toHaveLength(1);
  });

  it('decodes once, also when several ask at the same time, and again after a change', async () => {
    await fill('');
    const [a, b, c] = await Promise.all([open(), open(), open()]);
    expect(b).toEqual(a);
    expect(c).toEqual(a);
    const cacheFiles = () => readdirSync(join(dir, 'cache/datasets'));
    expect(cacheFiles()).toHaveLength(1);
    expect(await open()).toEqual(a);
    utimesSync(join(root(), 'crow/0.png'), 1, 1);
    await open();
    expect(cacheFiles()).toHaveLength(2);
  });

  it('follows links to folders, as torchvision does', async () => {
    await fill('elsewhere/');
    mkdirSync(join(root(), 'train'));
    for (const name of ['crow', 'robin']) symlinkSync(`../elsewhere/${name}`, join(root(), 'train', name));
    symlinkSync('train', join(root(), 'test'));
    const data = await open();
    expect(data.classes).toEqual(['crow', 'robin']);
    expect([data.train.count + data.validation.count, data.test.count]).toEqual([20, 20]);
  });

  it('makes a damaged cache file again', async () => {
    await fill('');
    const before = await open();
    const cache = join(dir, 'cache/datasets');
    writeFileSync(join(cache, readdirSync(cache)[0]!), 'torn');
    expect(await open()).toEqual(before);
  });

  it('says which class the held out images have left without any', async () => {
    await fill('');
    await image('wren/1.png', '#fff');
    const opened = await Promise.allSettled(
      [0, 1, 2, 3, 4, 5].map((splitSeed) => open({ splitSeed, testFraction: 0.5 })),
    );
    const messages = opened.flatMap((result) =>
      result.status === 'rejected' ? [String(result.reason)] : [],
    );
    // The one wren is held out by some of the seeds, and not by others.
    expect(messages.length).toBeGreaterThan(0);
    expect(messages.length).toBeLessThan(6);
    for (const message of messages)
      expect(message).toMatch(/images: the class wren has no images to train on/);
  });

  it('splits by splitSeed, the same way every time and without overlap', async () => {
    for (let i = 0; i < 40; i++) {
      await image(`a/${i}.png`, `rgb(${i},0,1)`);
      await image(`b/${i}.png`, `rgb(${i},1,0)`);
    }
    const idsOf = (set: Dataset['train']) =>
      Array.from({ length: set.count }, (_, i) => [...set.images.subarray(i * 192, i * 192 + 3)].join());
    const ids = async (splitSeed: number) => {
      const { train, validation, test } = await open({ splitSeed, validationFraction: 0.3 });
      return [train, validation, test].map(idsOf);
    };
    const [train = [], validation = [], test = []] = await ids(1);
    expect(new Set([...train, ...validation, ...test]).size).toBe(80);
    expect(await ids(1)).toEqual([train, validation, test]);
    expect((await ids(2))[1]).not.toEqual(validation);
  });

  const cutOff = (path: string): void => truncateSync(path, Math.floor(statSync(path).size * 0.9));
  const sync = (work: () => void): Promise<void> => {
    work();
    return Promise.resolve();
  };
  it.each([
    ['a folder that is not there', () => Promise.resolve(), /images cannot be read/],
    ['one class', () => image('only/1.png', '#fff'), /at least two classes, it has 1/],
    [
      'a class without images',
      () => fill('').then(() => sync(() => mkdirSync(join(root(), 'wren')))),
      /the class wren has no images/,
    ],
    [
      'classes without images',
      () =>
        fill('').then(() => sync(() => ['wren', 'finch'].forEach((name) => mkdirSync(join(root(), name))))),
      /the classes finch, wren have no images/,
    ],
    [
      'an image that is not there',
      () => fill('').then(() => sync(() => symlinkSync('gone.jpg', join(root(), 'crow/link.jpg')))),
      /crow\/link\.jpg cannot be read: .*ENOENT/,
    ],
    [
      'a folder that a link does not lead to',
      () => fill('').then(() => sync(() => symlinkSync('gone', join(root(), 'wren')))),
      /images\/wren cannot be read: .*ENOENT/,
    ],
    [
      'an image of a kind that cannot be decoded',
      () => fill('').then(() => sync(() => writeFileSync(join(root(), 'crow/old.bmp'), 'BM'))),
      /crow\/old\.bmp cannot be decoded: allowed are JPEG, .*convert it/,
    ],
    [
      'an image of more channels than colours',
      () =>
        fill('').then(() =>
          sync(() => writeFileSync(join(root(), 'crow/satellite.tif'), manyBandTiff(12, 8, 5))),
        ),
      /crow\/satellite\.tif cannot be decoded: it has 4 channels without transparency/,
    ],
    [
      'a folder with the name of an image',
      () => fill('').then(() => sync(() => mkdirSync(join(root(), 'crow/more.png')))),
      /crow\/more\.png has the name of an image and is none/,
    ],
    [
      'an image that is cut off',
      () => fill('').then(() => sync(() => cutOff(join(root(), 'robin/3.jpg')))),
      /robin\/3\.jpg cannot be decoded/,
    ],
    [
      'an empty image',
      () => fill('').then(() => sync(() => truncateSync(join(root(), 'robin/4.jpg'), 0))),
      /robin\/4\.jpg cannot be decoded/,
    ],
    [
      'a broken image',
      () => fill('').then(() => sync(() => writeFileSync(join(root(), 'crow/bad.png'), 'no'))),
      /crow\/bad\.png cannot be decoded/,
    ],
    [
      'test classes that differ',
      () =>
        fill('train/')
          .then(() => image('test/owl/1.png', '#fff'))
          .then(() => image('test/robin/1.png', '#fff')),
      /test has owl, robin; they must be the same/,
    ],
  ])('refuses %s by name', async (_what, prepare, message) => {
    await prepare();
    const opening = open();
    await expect(opening).rejects.toThrow(message);
    await expect(opening).rejects.toBeInstanceOf(DataError);
  });
});
