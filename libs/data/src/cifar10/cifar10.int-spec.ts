import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from 'tar';
import { datasetSchema } from '@fathom/contracts';
import { DataError } from '../data-error';
import { openDataset } from '../open-dataset';
import { readCifar10 } from './archive';
import { download } from './download';

const RECORD = 3073;
const names = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];

/** A batch file in the real layout; image i of batch b is red b, green i, blue 7, everywhere. */
function batch(b: number, count: number): Buffer {
  const bytes = Buffer.alloc(count * RECORD, 7);
  for (let i = 0; i < count; i++) {
    bytes[i * RECORD] = i % 10;
    bytes.fill(b, i * RECORD + 1, i * RECORD + 1025);
    bytes.fill(i, i * RECORD + 1025, i * RECORD + 2049);
  }
  return bytes;
}

describe('CIFAR-10', () => {
  let dir: string;
  let folder: string;
  let archive: string;

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'cifar-'));
    folder = join(dir, 'cifar-10-batches-bin');
    mkdirSync(folder);
    for (let b = 1; b <= 5; b++) writeFileSync(join(folder, `data_batch_${b}.bin`), batch(b, 20));
    writeFileSync(join(folder, 'test_batch.bin'), batch(9, 30));
    writeFileSync(join(folder, 'batches.meta.txt'), `${names.join('\n')}\n\n`);
    archive = join(dir, 'cifar.tar.gz');
    await create({ cwd: dir, file: archive, gzip: true }, ['cifar-10-batches-bin']);
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('reads the archive, its folder and the folder above alike, planes to pixels', async () => {
    const read = await readCifar10(archive);
    expect(read.classes).toEqual(names);
    expect([read.train.count, read.test.count]).toEqual([100, 30]);
    expect([...read.train.images.subarray(41 * 3072, 41 * 3072 + 6)]).toEqual([3, 1, 7, 3, 1, 7]);
    expect(read.train.labels[41]).toBe(1);
    expect(await readCifar10(folder)).toEqual(read);
    expect(await readCifar10(dir)).toEqual(read);
  });

  it('says which classes have no images', async () => {
    for (let b = 1; b <= 5; b++) writeFileSync(join(folder, `data_batch_${b}.bin`), batch(b, 8));
    const opening = openDataset(datasetSchema.parse({ kind: 'cifar10', path: folder }), {
      cacheDir: join(dir, 'cache'),
    });
    await expect(opening).rejects.toThrow(`${folder}: the classes ship, truck have no images to train on`);
    await expect(opening).rejects.toBeInstanceOf(DataError);
  });

  it('opens a path through the cache and splits it', async () => {
    const spec = datasetSchema.parse({ kind: 'cifar10', path: archive, trainImages: 50, testImages: 10 });
    const first = await openDataset(spec, { cacheDir: join(dir, 'cache') });
    expect([first.train.count, first.validation.count, first.test.count]).toEqual([45, 5, 10]);
    const said: string[] = [];
    const second = await openDataset(spec, {
      cacheDir: join(dir, 'cache'),
      onProgress: (what) => said.push(what),
    });
    expect(said).toEqual([]);
    expect(second).toEqual(first);
  });

  it('decodes a folder again after one of its files has changed', async () => {
    const spec = datasetSchema.parse({ kind: 'cifar10', path: dir });
    const open = () => openDataset(spec, { cacheDir: join(dir, 'cache') });
    expect((await open()).test.count).toBe(30);
    writeFileSync(join(folder, 'test_batch.bin'), batch(9, 31));
    expect((await open()).test.count).toBe(31);
  });

  it.each([
    ['a missing path', () => '/does/not/exist', /\/does\/not\/exist cannot be read/],
    ['a file that is no archive', () => write('hello'), /is not a whole tar\.gz archive/],
    [
      'an archive cut short',
      () => write(readFileSync(archive).subarray(0, 300)),
      /is not a whole tar\.gz archive/,
    ],
    [
      'a batch cut short',
      () => damage('data_batch_2.bin', batch(2, 20).subarray(1)),
      /data_batch_2\.bin has 61459 bytes/,
    ],
    [
      'a label out of range',
      () => damage('data_batch_2.bin', Buffer.alloc(RECORD, 11)),
      /label 11, at most 9/,
    ],
    ['missing test images', () => remove('test_batch.bin'), /has no test_batch\.bin/],
  ])('refuses %s', async (_what, path, message) => {
    const spec = datasetSchema.parse({ kind: 'cifar10', path: path() });
    const opening = openDataset(spec, { cacheDir: join(dir, 'cache') });
    await expect(opening).rejects.toThrow(message);
    await expect(opening).rejects.toBeInstanceOf(DataError);
  });

  const write = (content: string | Buffer) => (
    writeFileSync(join(dir, 'other'), content),
    join(dir, 'other')
  );
  const damage = (name: string, content: Buffer) => (writeFileSync(join(folder, name), content), folder);
  const remove = (name: string) => (rmSync(join(folder, name)), folder);
});

describe('download', () => {
  const content = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * 7) % 251));
  const sha256 = createHash('sha256').update(content).digest('hex');
  let dir: string;
  let server: Server;
  let ranges: (string | undefined)[];
  /** Bytes after which the server drops the connection, one for each request. */
  let cuts: number[];
  const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/file`;
  const file = () => join(dir, 'sub', 'file.bin');

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'download-'));
    ranges = [];
    cuts = [];
    server = createServer((request, response) => {
      ranges.push(request.headers.range);
      const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
      const body = content.subarray(from);
      response.writeHead(from > 0 ? 206 : 200, { 'content-length': body.length });
      const cut = cuts.shift();
      if (cut === undefined) response.end(body);
      else response.write(body.subarray(0, cut), () => setTimeout(() => response.destroy(), 50));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    rmSync(dir, { recursive: true });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('takes a broken transfer up where it ended', async () => {
    cuts = [70_000, 50_000];
    const said: string[] = [];
    await download({ url: url(), sha256, file: file(), onProgress: (what) => said.push(what) });
    expect(readFileSync(file()).equals(content)).toBe(true);
    expect(ranges).toEqual([undefined, 'bytes=70000-', 'bytes=120000-']);
    expect(said[0]).toMatch(/^downloading http.*MB$/);
    expect(existsSync(`${file()}.part`)).toBe(false);
  });

  it('takes up what an earlier call has left', async () => {
    mkdirSync(join(dir, 'sub'));
    writeFileSync(`${file()}.part`, content.subarray(0, 1000));
    await download({ url: url(), sha256, file: file() });
    expect(ranges).toEqual(['bytes=1000-']);
    expect(readFileSync(file()).equals(content)).toBe(true);
  });

  it('deletes what has another checksum and says so', async () => {
    await expect(download({ url: url(), sha256: 'f00', file: file() })).rejects.toThrow(
      /expected sha256 f00, the download has [0-9a-f]{64}/,
    );
    expect(existsSync(file()) || existsSync(`${file()}.part`)).toBe(false);
  });

  it('says that a server cannot be reached', async () => {
    const closed = url();
    await new Promise((resolve) => server.close(resolve));
    const failing = download({ url: closed, sha256, file: file() });
    await expect(failing).rejects.toThrow(/cannot be downloaded: .*ECONNREFUSED/);
    await expect(failing).rejects.toBeInstanceOf(DataError);
    server.listen(0, '127.0.0.1');
  });

  it('passes on what the server refuses', async () => {
    server.removeAllListeners('request');
    server.on('request', (_request, response) => response.writeHead(404).end());
    await expect(download({ url: url(), sha256, file: file() })).rejects.toThrow(
      /the server answered 404 Not Found/,
    );
  });
});
