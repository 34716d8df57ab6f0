import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeSafetensors, safetensorsParts, SafetensorsError } from '@fathom/safetensors';
import { writeAtomically } from './atomic-write';
import {
  claimOf,
  fileOf,
  kinds,
  nameOf,
  newestFirst,
  parseFile,
  type CheckpointFile,
  type CheckpointId,
  type Kind,
} from './checkpoint-name';
import { formatRecord, parseRecord, UnusableCheckpoint, type Json } from './checkpoint-record';
import { CheckpointStorageError, OVERTAKEN } from './checkpoint-storage-error';
import { sha256 } from './checksum';
import { ifThere, listIfThere, removeIfEmpty } from './if-there';
import { codeOf } from './system-error';

interface F32Tensor {
  readonly dtype: 'F32';
  readonly shape: number[];
  readonly data: Float32Array;
}

/** Everything a training needs to go on after `step` optimiser steps. */
export interface StoredCheckpoint {
  readonly step: number;
  readonly state: Readonly<Record<string, Json>>;
  readonly tensors: Record<string, F32Tensor>;
}

export interface CheckpointStoreOptions {
  /** How many checkpoints stay. Default 2: one to use and one in case it is torn. */
  readonly keep?: number;
  /**
   * Of the attempt that uses the folder; it grows from attempt to attempt. Default 0: there is but one, ever. An attempt
   * goes on from what earlier ones left, and whoever finds something of a later one has been overtaken.
   */
  readonly fence?: number;
  /** Told of every checkpoint that is there but cannot be used. */
  readonly onRefused?: (name: string, reason: string) => void;
}

/**
 * The checkpoints of one trial in one folder: `step-<n>.safetensors` with the tensors and `step-<n>.json` with the
 * rest and the checksums of both; `step-<n>.f<fence>.…` where attempts have fences. The JSON is written last, so a
 * checkpoint exists once its JSON does.
 */
export class CheckpointStore {
  private readonly keep: number;
  private readonly fence: number;

  constructor(
    readonly dir: string,
    private readonly options: CheckpointStoreOptions = {},
  ) {
    this.keep = options.keep ?? 2;
    this.fence = options.fence ?? 0;
  }

  /**
   * Stores a checkpoint and drops the oldest beyond `keep`.
   *
   * @throws CheckpointStorageError where a later attempt has begun
   */
  async write({ step, state, tensors }: StoredCheckpoint): Promise<void> {
    await mkdir(this.dir, { recursive: true });
    this.refuseIfOvertaken(await this.list());
    const id = { step, fence: this.fence };
    const parts = safetensorsParts(tensors);
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    const record = formatRecord({ step, state, tensors: { bytes, sha256: sha256(...parts) } });
    try {
      await writeAtomically(this.file(id, 'safetensors'), parts);
      await writeAtomically(this.file(id, 'json'), record);
    } catch (error) {
      // A later attempt removes what is unfinished when it begins.
      this.refuseIfOvertaken(await this.list());
      throw error;
    }
    for (const old of idsOf(await this.list(), ['json']).slice(this.keep)) {
      // In this order, for a JSON without tensors would be taken for a damaged one.
      await rm(this.file(old, 'json'), { force: true });
      await rm(this.file(old, 'safetensors'), { force: true });
    }
  }

  /** Step of the newest one there seems to be, without looking into it; 0: none. */
  async newestStep(): Promise<number> {
    return idsOf(await this.list(), ['json'])[0]?.step ?? 0;
  }

  /** The newest checkpoint that is whole, or undefined; the unusable ones before it are reported by name. */
  async newest(): Promise<StoredCheckpoint | undefined> {
    return this.newestWhole(() => Promise.resolve());
  }

  /** The checkpoint of a step; undefined where there is none that is whole. */
  async at(step: number): Promise<StoredCheckpoint | undefined> {
    try {
      return await this.read({ step, fence: this.fence });
    } catch (error) {
      if (error instanceof UnusableCheckpoint) return undefined;
      throw error;
    }
  }

  /**
   * The same as `newest`, and makes the folder ready for the one process that will write into it: attempts before it
   * can write no more, what a killed one left unfinished is removed, and unusable checkpoints are renamed to `….unusable`, so that none counts as one to keep.
   *
   * @throws CheckpointStorageError where the folder cannot be used, or is a later attempt's
   */
  async recover(): Promise<StoredCheckpoint | undefined> {
    try {
      const files = await this.list();
      this.refuseIfOvertaken(files);
      await this.claim();
      for (const { kind, state, fence, name } of files)
        if (state === 'unfinished' || (kind === 'claim' && fence < this.fence))
          await rm(join(this.dir, name), { force: true });
      return await this.newestWhole(async (id) => {
        for (const file of kinds.map((kind) => this.file(id, kind)))
          await ifThere(rename(file, `${file}.unusable`));
      });
    } catch (cause) {
      if (codeOf(cause) === '' || cause instanceof CheckpointStorageError) throw cause;
      const message = `the checkpoints in ${this.dir} cannot be used: ${String(cause)}`;
      throw new CheckpointStorageError(this.dir, codeOf(cause), message, { cause });
    }
  }

  /**
   * Removes the checkpoints, and the folder where nothing else is in it.
   *
   * @param upToFence those of attempts with a larger one stay
   */
  async clear(upToFence = Infinity): Promise<void> {
    for (const { name, fence } of await this.list())
      if (fence <= upToFence) await rm(join(this.dir, name), { force: true });
    await removeIfEmpty(this.dir);
  }

  private async newestWhole(
    setAside: (id: CheckpointId) => Promise<void>,
  ): Promise<StoredCheckpoint | undefined> {
    for (const id of idsOf(await this.list(), kinds)) {
      try {
        return await this.read(id);
      } catch (error) {
        if (!(error instanceof UnusableCheckpoint)) throw error;
        this.options.onRefused?.(nameOf(id), error.message);
        await setAside(id);
      }
    }
    return undefined;
  }

  private async read(id: CheckpointId): Promise<StoredCheckpoint> {
    const { step } = id;
    const text = (await this.readFile(id, 'json')).toString('utf8');
    const record = parseRecord(text, step);
    const bytes = await this.readFile(id, 'safetensors');
    if (bytes.length !== record.tensors.bytes)
      throw new UnusableCheckpoint(
        `its tensors have ${bytes.length} bytes instead of ${record.tensors.bytes}`,
      );
    if (sha256(bytes) !== record.tensors.sha256)
      throw new UnusableCheckpoint('the checksum of its tensors does not match');
    try {
      const tensors: Record<string, F32Tensor> = {};
      for (const [name, tensor] of Object.entries(decodeSafetensors(bytes).tensors)) {
        if (tensor.dtype !== 'F32') throw new UnusableCheckpoint(`${name} is ${tensor.dtype}, not F32`);
        tensors[name] = { ...tensor, shape: [...tensor.shape] };
      }
      return { step, state: record.state, tensors };
    } catch (error) {
      if (error instanceof SafetensorsError) throw new UnusableCheckpoint(error.message, { cause: error });
      throw error;
    }
  }

  private async readFile(id: CheckpointId, kind: Kind): Promise<Buffer> {
    const bytes = await ifThere(readFile(this.file(id, kind)));
    if (bytes === undefined) throw new UnusableCheckpoint(`${fileOf(id, kind)} is missing`);
    return bytes;
  }

  private async list(): Promise<ListedFile[]> {
    return (await listIfThere(this.dir)).flatMap((name) => {
      const file = parseFile(name);
      return file ? [{ ...file, name }] : [];
    });
  }

  private async claim(): Promise<void> {
    if (this.fence === 0) return;
    await mkdir(this.dir, { recursive: true });
    await writeFile(join(this.dir, claimOf(this.fence)), '');
  }

  private refuseIfOvertaken(files: readonly ListedFile[]): void {
    const newest = Math.max(...files.map(({ fence }) => fence));
    if (newest > this.fence)
      throw new CheckpointStorageError(
        this.dir,
        OVERTAKEN,
        `attempt ${this.fence} has been overtaken: ${this.dir} is that of attempt ${newest} now`,
      );
  }

  private file(id: CheckpointId, kind: Kind): string {
    return join(this.dir, fileOf(id, kind));
  }
}

interface ListedFile extends CheckpointFile {
  readonly name: string;
}

/** Checkpoints of which there is a whole file of one of the kinds, the newest first. */
function idsOf(files: readonly ListedFile[], of: readonly CheckpointFile['kind'][]): CheckpointId[] {
  const wanted = files.filter(({ kind, state }) => state === 'whole' && of.includes(kind));
  return [
    ...new Map(wanted.map(({ step, fence }) => [nameOf({ step, fence }), { step, fence }])).values(),
  ].sort(newestFirst);
}
