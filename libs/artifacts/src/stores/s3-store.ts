import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  AbortMultipartUploadCommand,
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  type GetObjectCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { partsOf, type ArtifactData, type ArtifactError, type ArtifactStore } from './artifact-store';
import { parseS3Location } from './location';
import { s3ClientOf } from './s3-client';
import { s3Error } from './s3-error';
import type { S3Settings } from './s3-settings';

/** What is larger goes in parts, some at the same time; so much of it is in memory a second time. */
const PART_BYTES = 8 * 2 ** 20;
const PARTS_AT_ONCE = 3;
/** The client tries a request again, but not a body that breaks off. */
const READS = 3;

/**
 * Artifacts in an S3-compatible object store. An object shows whole or not at all, and at once to all who list: so
 * needs nothing but the plain operations, which MinIO, Ceph, Google Cloud Storage and others have as AWS does.
 */
export class S3Store implements ArtifactStore {
  private readonly bucket: string;
  /** Empty, or with a slash behind it. */
  private readonly prefix: string;
  private readonly client: S3Client;

  /** @throws ArtifactLocationError */
  constructor(
    readonly location: string,
    private readonly settings: S3Settings,
  ) {
    const { bucket, prefix } = parseS3Location(location);
    this.bucket = bucket;
    this.prefix = prefix === '' ? '' : `${prefix}/`;
    this.client = s3ClientOf(settings);
  }

  async prepare(): Promise<void> {
    await this.list();
  }

  async list(): Promise<string[]> {
    return (await this.contents()).names;
  }

  async folders(): Promise<string[]> {
    return (await this.contents()).folders;
  }

  async read(name: string): Promise<Buffer | undefined> {
    return this.get(name, async ({ Body }) => Buffer.from((await Body?.transformToByteArray()) ?? []));
  }

  async write(name: string, data: ArtifactData): Promise<void> {
    const parts = partsOf(data);
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    // Of a stream nothing can be sent again, of its parts that the upload holds it can.
    if (bytes > PART_BYTES) await this.upload(name, () => Readable.from(parts));
    else
      await this.attempt(() =>
        this.client.send(new PutObjectCommand({ ...this.at(name), Body: Buffer.concat(parts) })),
      );
  }

  async fetch(name: string, file: string): Promise<boolean> {
    await mkdir(dirname(file), { recursive: true });
    const temporary = `${file}.${randomUUID()}.tmp`;
    try {
      const found = await this.get(name, async ({ Body }) => {
        if (!(Body instanceof Readable)) throw new Error(`${this.location}/${name} has no content`);
        await pipeline(Body, createWriteStream(temporary));
        return true;
      });
      if (found === undefined) return false;
      await rename(temporary, file);
      return true;
    } finally {
      await rm(temporary, { force: true });
    }
  }

  async put(name: string, file: string): Promise<void> {
    await this.upload(name, () => createReadStream(file, { highWaterMark: PART_BYTES }));
  }

  async rename(from: string, to: string): Promise<void> {
    const source = [this.bucket, ...`${this.prefix}${from}`.split('/')].map(encodeURIComponent).join('/');
    const copied = await this.orAbsent(() =>
      this.client.send(new CopyObjectCommand({ ...this.at(to), CopySource: source })),
    );
    if (copied !== undefined) await this.remove([from]);
  }

  async remove(names: readonly string[]): Promise<void> {
    // One by one, in their order; a request for many at once is not in every store.
    for (const name of names)
      await this.attempt(() => this.client.send(new DeleteObjectCommand(this.at(name))));
  }

  /** Such parts are in nobody's way, but for their space: a store that does not list them, or not for us, is no reason to fail. */
  async removeUnfinished(isOurs: (name: string) => boolean): Promise<void> {
    try {
      const { Uploads = [] } = await this.client.send(
        new ListMultipartUploadsCommand({ Bucket: this.bucket, Prefix: this.prefix }),
      );
      for (const { Key = '', UploadId } of Uploads)
        if (isOurs(Key.slice(this.prefix.length)))
          await this.orAbsent(() =>
            this.client.send(new AbortMultipartUploadCommand({ Bucket: this.bucket, Key, UploadId })),
          );
    } catch (caught) {
      const error = this.error(caught);
      if (error.mayPass) throw error;
    }
  }

  /** There are no folders but in the names of what is in them. */
  removeIfEmpty(): Promise<void> {
    return Promise.resolve();
  }

  private async contents(): Promise<{ readonly names: string[]; readonly folders: string[] }> {
    return this.attempt(async () => {
      const [names, folders]: [string[], string[]] = [[], []];
      const query = { Bucket: this.bucket, Prefix: this.prefix, Delimiter: '/' };
      for await (const page of paginateListObjectsV2({ client: this.client }, query)) {
        for (const { Key } of page.Contents ?? [])
          if (Key !== undefined) names.push(Key.slice(this.prefix.length));
        for (const { Prefix } of page.CommonPrefixes ?? [])
          if (Prefix !== undefined) folders.push(Prefix.slice(this.prefix.length, -1));
      }
      return { names: names.filter((name) => name !== ''), folders };
    });
  }

  private async get<T>(
    name: string,
    take: (reply: GetObjectCommandOutput) => Promise<T>,
  ): Promise<T | undefined> {
    for (let left = READS; ; left--)
      try {
        return await this.orAbsent(async () =>
          take(await this.client.send(new GetObjectCommand(this.at(name)))),
        );
      } catch (error) {
        if (left <= 1 || !this.error(error).mayPass) throw error;
      }
  }

  private async upload(name: string, open: () => Readable): Promise<void> {
    await this.attempt(() =>
      new Upload({
        client: this.client,
        params: { ...this.at(name), Body: open() },
        partSize: PART_BYTES,
        queueSize: PARTS_AT_ONCE,
      }).done(),
    );
  }

  private async orAbsent<T>(operation: () => Promise<T>): Promise<T | undefined> {
    try {
      return await operation();
    } catch (error) {
      if (error instanceof Error && ABSENT.has(error.name)) return undefined;
      throw this.error(error);
    }
  }

  private async attempt<T>(operation: () => Promise<T>): Promise<T> {
    try {
      return await operation();
    } catch (error) {
      throw this.error(error);
    }
  }

  private error(error: unknown): ArtifactError {
    return s3Error(error, this.location, this.settings.endpoint);
  }

  private at(name: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.bucket, Key: `${this.prefix}${name}` };
  }
}

const ABSENT = new Set(['NoSuchKey', 'NoSuchUpload']);
