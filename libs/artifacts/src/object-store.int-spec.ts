import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { modelFiles, trainingConfigSchema, type ModelFacts } from '@fathom/contracts';
import { eventually, noObjectStore, useObjectStore, useTempDir } from '@fathom/testkit';
import { CheckpointStorageError } from './checkpoint-storage-error';
import { CheckpointStore, type StoredCheckpoint } from './checkpoint-store';
import { CheckpointWriter } from './checkpoint-writer';
import { readModel, readWeights, writeModel } from './model-store';
import { writeNewFolder } from './new-folder';
import type { ArtifactError } from './stores/artifact-store';
import { openArtifacts } from './stores/open-artifacts';
import { patiently } from './stores/patience';

const SECRET = 'test-secret-of-the-store';
const checkpoint = (step: number, elements = 10): StoredCheckpoint => ({
  step,
  state: { epoch: 1, nested: { lossSum: 0.1 } },
  tensors: {
    weight: { dtype: 'F32', shape: [elements], data: new Float32Array(elements).fill(step / 3) },
    bias: { dtype: 'F32', shape: [2], data: Float32Array.of(-0, step) },
  },
});

const given = noObjectStore === undefined ? describe : describe.skip;

given(`artifacts in an object store${noObjectStore === undefined ? '' : ` (${noObjectStore})`}`, () => {
  const objects = useObjectStore();
  const temp = useTempDir();
  let place: string;
  let refused: string[];
  const attempt = (fence: number) =>
    new CheckpointStore(place, { fence, onRefused: (name, reason) => refused.push(`${name}: ${reason}`) });
  const files = async () => (await openArtifacts(place).list()).toSorted();
  const change = async (name: string, edit: (bytes: Buffer) => Buffer) => {
    const store = openArtifacts(place);
    await store.write(name, edit((await store.read(name)) ?? Buffer.alloc(0)));
  };

  beforeEach(async () => {
    place = `s3://${await objects.createBucket()}/checkpoints/trial`;
    refused = [];
  });
  afterEach(() => objects.set(undefined));

  it('are checkpoints that come back bit for bit, of which the last two stay', async () => {
    for (const step of [1, 2, 3]) await attempt(1).write(checkpoint(step));
    const newest = await attempt(1).newest();
    expect(newest).toEqual(checkpoint(3));
    expect(Object.is(newest?.tensors['bias']?.data[0], -0)).toBe(true);
    expect(await files()).toEqual(
      ['step-2.f1', 'step-3.f1'].flatMap((name) => [`${name}.json`, `${name}.safetensors`]),
    );
  });

  it.each<[string, () => Promise<void>, string]>([
    ['cut short', () => change('step-2.f1.safetensors', (all) => all.subarray(0, 40)), 'have 40 bytes'],
    ['with one bit flipped', () => change('step-2.f1.safetensors', flipBit), 'checksum of its tensors'],
    ['without its tensors', () => openArtifacts(place).remove(['step-2.f1.safetensors']), 'is missing'],
    ['without its JSON', () => openArtifacts(place).remove(['step-2.f1.json']), 'json is missing'],
    ['with a bit of its JSON flipped', () => change('step-2.f1.json', flipBit), 'JSON'],
  ])('are refused by name where one is %s, and the one before is used', async (_what, damage, reason) => {
    await attempt(1).write(checkpoint(1));
    await attempt(1).write(checkpoint(2));
    await damage();
    expect(await attempt(2).recover()).toEqual(checkpoint(1));
    expect(refused).toEqual([expect.stringMatching(new RegExp(`^step-2.f1: .*${reason}`))]);
    expect(await attempt(3).recover()).toEqual(checkpoint(1));
    expect(refused).toHaveLength(1);
    expect((await files()).filter((name) => name.endsWith('.unusable'))).not.toEqual([]);
  });

  it('are refused to an attempt from the moment on in which a later one begins', async () => {
    expect(await attempt(1).recover()).toBeUndefined();
    await attempt(1).write(checkpoint(9));
    expect((await attempt(2).recover())?.step).toBe(9);
    await expect(attempt(1).write(checkpoint(10))).rejects.toMatchObject({ isOvertaken: true });
    await attempt(1).clear(1);
    expect(await files()).toEqual(['attempt.f2']);
    await expect(attempt(1).recover()).rejects.toThrow(
      /attempt 1 has been overtaken: s3:.*trial is that of attempt 2/,
    );
    await attempt(2).clear();
    expect(await files()).toEqual([]);
  });

  it('go in parts where they are large, and what a killed writer left of them is removed', async () => {
    const elements = 6_000_000;
    await attempt(1).write(checkpoint(1, elements));
    const asked = objects.requests.filter((request) => request.includes('step-1.f1.safetensors'));
    expect(asked.filter((request) => /^PUT .*partNumber=/.test(request)).length).toBeGreaterThan(2);
    const { data } = (await attempt(1).newest())?.tensors['weight'] ?? {};
    expect(data).toHaveLength(elements);
    expect(data?.every((value) => value === Math.fround(1 / 3))).toBe(true);

    const { env } = objects;
    const [, , bucket, ...rest] = place.split('/');
    const key = `${env['FATHOM_S3_ENDPOINT'] ?? ''}/${bucket ?? ''}/${rest.join('/')}/step-2.f1.safetensors`;
    const begun = await (await fetch(`${key}?uploads`, { method: 'POST' })).text();
    const upload = /<UploadId>([^<]+)</.exec(begun)?.[1] ?? '';
    const sent = await fetch(`${key}?partNumber=1&uploadId=${upload}`, { method: 'PUT', body: 'half' });
    expect(sent.status).toBe(200);
    expect((await attempt(2).recover())?.step).toBe(1);
    const gone = await fetch(`${key}?partNumber=2&uploadId=${upload}`, { method: 'PUT', body: 'rest' });
    expect(gone.ok).toBe(false);
    expect(
      objects.requests.filter((request) => request.startsWith('DELETE') && request.includes(upload)),
    ).toHaveLength(1);
  });

  it('are taken up also where the store does not tell of what is left of others', async () => {
    const store = openArtifacts(place);
    await objects.set({ status: 501, code: 'NotImplemented' });
    await store.removeUnfinished(() => true);
    await objects.set({ status: 503, code: 'SlowDown' });
    await expect(store.removeUnfinished(() => true)).rejects.toMatchObject({ code: 'Unreachable' });
  });

  it('are written beside the training, which goes on while the store is away', async () => {
    const [written, waiting]: [number[], string[]] = [[], []];
    const writer = new CheckpointWriter(place, {
      fence: 1,
      onWritten: (step) => written.push(step),
      onWaiting: (step, reason) => waiting.push(`${String(step)}: ${reason}`),
    });
    await objects.set('refused');
    for (const step of [1, 2, 3]) writer.write(checkpoint(step));
    await eventually(() => expect(waiting).toHaveLength(1));
    expect(waiting[0]).toMatch(
      /^1: s3:\/\/bucket-.* at http:\/\/127.*: it does not answer \(ECONNREFUSED\)$/,
    );
    await sleep(1_000);
    writer.throwIfFailed();
    await objects.set(undefined);
    await writer.flush();
    await writer.close();
    expect([written, waiting.length]).toEqual([[1, 3], 1]);
    expect(await attempt(1).newest()).toEqual(checkpoint(3));
  });

  it('are given up after the patience that there is, with the place and the reason', async () => {
    const writer = new CheckpointWriter(place, { patienceMs: 100 });
    await objects.set({ status: 503, code: 'SlowDown' });
    writer.write(checkpoint(5));
    const failure = writer.flush();
    await expect(failure).rejects.toThrow(CheckpointStorageError);
    await expect(failure).rejects.toMatchObject({ dir: place, code: 'Unreachable' });
    await expect(failure).rejects.toThrow(
      /step 5 cannot be written .*: it cannot answer now \(SlowDown, 503\)/,
    );
    await writer.close();
  });

  it('are waited for by one who takes them up', async () => {
    await attempt(1).write(checkpoint(1));
    await objects.set('refused');
    const reasons: string[] = [];
    const second = attempt(2);
    const found = patiently(() => second.recover(), {
      forMs: 60_000,
      onWait: (reason) => reasons.push(reason),
    });
    await eventually(() => expect(reasons).not.toEqual([]));
    await objects.set(undefined);
    expect(await found).toEqual(checkpoint(1));
  });

  it('are not taken for damaged where an answer breaks off', async () => {
    await attempt(1).write(checkpoint(1));
    await objects.set('cut');
    await expect(attempt(1).newest()).rejects.toThrow(/it does not answer \((aborted|ECONNRESET)\)/);
    expect(refused).toEqual([]);
    await objects.set(undefined);
    expect(await attempt(1).newest()).toEqual(checkpoint(1));
  });

  describe('say what is wrong, without secrets', () => {
    const errorOf = (location: string) =>
      openArtifacts(location)
        .prepare()
        .then(
          () => new Error('nothing is'),
          (error: unknown) => error as ArtifactError,
        );
    const saved = { ...process.env };
    afterEach(() =>
      Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'test-key', AWS_SECRET_ACCESS_KEY: SECRET }),
    );

    it('where there is no such bucket', async () => {
      expect(await errorOf('s3://no-such-bucket/prefix')).toMatchObject({
        code: 'NoSuchBucket',
        message: expect.stringMatching(
          /^s3:\/\/no-such-bucket\/prefix at .*: there is no such bucket/,
        ) as string,
      });
    });

    it('where access is denied', async () => {
      await objects.set({ status: 403, code: 'InvalidAccessKeyId' });
      const error = await errorOf(place);
      expect(error).toMatchObject({ name: 'ArtifactError', code: 'AccessDenied', mayPass: false });
      expect(error.message).toMatch(/access is denied \(InvalidAccessKeyId\); check the credentials/);
      expect(JSON.stringify([error.message, error.stack])).not.toContain(SECRET);
    });

    it('where it does not answer', async () => {
      await objects.set('refused');
      expect(await errorOf(place)).toMatchObject({ code: 'Unreachable', mayPass: true });
    });

    it('where there are no credentials', async () => {
      for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'])
        Reflect.deleteProperty(process.env, name);
      process.env['AWS_EC2_METADATA_DISABLED'] = 'true';
      // Another endpoint is another client, which has not found any yet.
      const env = { ...process.env, FATHOM_S3_ENDPOINT: 'http://localhost:9', HOME: temp.path };
      const error = await openArtifacts(place, env)
        .prepare()
        .catch((caught: unknown) => caught);
      if (saved['AWS_EC2_METADATA_DISABLED'] === undefined)
        Reflect.deleteProperty(process.env, 'AWS_EC2_METADATA_DISABLED');
      expect(error).toMatchObject({ code: 'NoCredentials' });
    });

    it('where the location is none', () => {
      expect(() => openArtifacts('s3://x')).toThrow(/s3:\/\/x is no place in an object store: allowed is/);
      expect(() => openArtifacts('s3:///prefix')).toThrow(/is no place/);
    });
  });

  describe('are models', () => {
    const { depth, variant, family, block, shortcut, width, stages } = trainingConfigSchema.parse({
      depth: 8,
    });
    const facts: ModelFacts = {
      architecture: { depth, variant, family, block, shortcut, width, stages },
      input: { imageSize: 32, channels: 3, mean: [0.5, 0.4, 0.3], std: [0.2, 0.2, 0.1] },
      classes: ['cat', 'dog'],
      metrics: { testError: 0.25 },
    };
    const tensors = { fc: { dtype: 'F32', shape: [2], data: Float32Array.of(1, -0) } } as const;

    it('that come back, are replaced, and are read as weights to start from', async () => {
      await writeModel(place, { facts, tensors });
      await writeModel(place, { facts: { ...facts, classes: ['hen', 'cow'] }, tensors });
      const model = await readModel(place);
      expect(model.description.classes).toEqual(['hen', 'cow']);
      expect(model.tensors).toEqual(tensors);
      expect(await readWeights(place)).toEqual(tensors);
      expect(await readWeights(`${place}/model.safetensors`)).toEqual(tensors);
      expect(await files()).toEqual(['model.json', 'model.safetensors']);
    });

    it('that are refused by name where they are damaged or missing', async () => {
      await expect(readModel(place)).rejects.toMatchObject({ kind: 'missing', path: `${place}/model.json` });
      await writeModel(place, { facts, tensors });
      await change(modelFiles.weights, flipBit);
      await expect(readModel(place)).rejects.toMatchObject({
        kind: 'damaged',
        message: expect.stringMatching(/model\.safetensors: its SHA-256 is/) as string,
      });
    });

    it('also in formats of other programs, with the file last for which a server looks', async () => {
      const before = objects.requests.length;
      await writeNewFolder(place, { 'saved_model.pb': Uint8Array.of(1, 2), 'extra/classes.txt': 'cat\n' });
      const puts = objects.requests.slice(before).filter((request) => request.startsWith('PUT'));
      expect(puts.map((request) => /(\w+)\.(pb|txt)/.exec(request)?.[1])).toEqual(['classes', 'saved_model']);
      await expect(writeNewFolder(place, { other: 'x' })).rejects.toMatchObject({
        kind: 'unwritable',
        message: `${place}: it is there already and not empty`,
      });
    });
  });

  it('cost a large file no more memory than its parts', async () => {
    const file = join(temp.path, 'large');
    const { writeFileSync } = await import('node:fs');
    writeFileSync(file, randomBytes(64 * 2 ** 20));
    const before = process.memoryUsage().rss;
    await openArtifacts(place).put('large', file);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 2 ** 20);
  });
});

function flipBit(bytes: Buffer): Buffer {
  bytes[bytes.length - 3]! ^= 1;
  return bytes;
}
