import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeSafetensors, safetensorsParts, SafetensorsError } from '@fathom/safetensors';
import { writeAtomically } from './atomic-write';
import { formatRecord, parseRecord, UnusableCheckpoint, type Json } from './checkpoint-record';
import { CheckpointStorageError } from './checkpoint-storage-error';
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
  /** Told of every checkpoint that is there but cannot be used. */
  readonly onRefused?: (name: string, reason: string) => void;
}

/**
 * The checkpoints of one trial in one folder: `step-<n>.safetensors` with the tensors and `step-<n>.json` with the
 * rest and the checksums of both. The JSON is written last, so a checkpoint exists once its JSON does.
 */
export class CheckpointStore {
  private readonly keep: number;

  constructor(
    readonly dir: string,
    private readonly options: CheckpointStoreOptions = {},
  ) {
    this.keep = options.keep ?? 2;
  }

  /** Stores a checkpoint and drops the oldest beyond `keep`. */
  async write({ step, state, tensors }: StoredCheckpoint): Promise<void> {
    await mkdir(this.dir, { recursive: true });
    const parts = safetensorsParts(tensors);
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    const record = formatRecord({ step, state, tensors: { bytes, sha256: sha256(...parts) } });
    await writeAtomically(this.file(step, 'safetensors'), parts);
    await writeAtomically(this.file(step, 'json'), record);
    for (const old of (await this.steps(['json'])).slice(this.keep)) {
      // In this order, for a JSON without tensors would be taken for a damaged one.
      await rm(this.file(old, 'json'), { force: true });
      await rm(this.file(old, 'safetensors'), { force: true });
    }
  }

  /** The newest checkpoint that is whole, or undefined; the unusable ones before it are reported by name. */
  async newest(): Promise<StoredCheckpoint | undefined> {
    return this.newestWhole(() => Promise.resolve());
  }

  /** The checkpoint of a step; undefined where there is none that is whole. */
  async at(step: number): Promise<StoredCheckpoint | undefined> {
    try {
      return await this.read(step);
    } catch (error) {
      if (error instanceof UnusableCheckpoint) return undefined;
      throw error;
    }
  }

  /**
   * The same as `newest`, and makes the folder ready for the one process that will write into it: what a killed one left
   * unfinished is removed, and unusable checkpoints are renamed to `….unusable`, so that none counts as one to keep.
   *
   * @throws CheckpointStorageError where the folder cannot be used
   */
  async recover(): Promise<StoredCheckpoint | undefined> {
    try {
      for (const name of await listIfThere(this.dir))
        if (UNFINISHED.test(name)) await rm(join(this.dir, name), { force: true });
      return await this.newestWhole(async (step) => {
        for (const file of kinds.map((kind) => this.file(step, kind)))
          await ifThere(rename(file, `${file}.unusable`));
      });
    } catch (cause) {
      if (codeOf(cause) === '') throw cause;
      const message = `the checkpoints in ${this.dir} cannot be used: ${String(cause)}`;
      throw new CheckpointStorageError(this.dir, codeOf(cause), message, { cause });
    }
  }

  /** Removes all checkpoints, and the folder where nothing else is in it. */
  async clear(): Promise<void> {
    for (const name of await listIfThere(this.dir))
      if (OURS.test(name)) await rm(join(this.dir, name), { force: true });
    await removeIfEmpty(this.dir);
  }

  private async newestWhole(
    setAside: (step: number) => Promise<void>,
  ): Promise<StoredCheckpoint | undefined> {
    for (const step of await this.steps(kinds)) {
      try {
        return await this.read(step);
      } catch (error) {
        if (!(error instanceof UnusableCheckpoint)) throw error;
        this.options.onRefused?.(`step-${step}`, error.message);
        await setAside(step);
      }
    }
    return undefined;
  }

  private async read(step: number): Promise<StoredCheckpoint> {
    const text = (await this.readFile(step, 'json')).toString('utf8');
    const record = parseRecord(text, step);
    const bytes = await this.readFile(step, 'safetensors');
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

  private async readFile(step: number, kind: Kind): Promise<Buffer> {
    const bytes = await ifThere(readFile(this.file(step, kind)));
    if (bytes === undefined) throw new UnusableCheckpoint(`step-${step}.${kind} is missing`);
    return bytes;
  }

  /** Steps of which there is a file of one of the kinds, newest first. */
  private async steps(of: readonly Kind[]): Promise<number[]> {
    const found = new Set<number>();
    for (const name of await listIfThere(this.dir)) {
      const [, step, kind] = CHECKPOINT.exec(name) ?? [];
      if (of.some((wanted) => wanted === kind)) found.add(Number(step));
    }
    return [...found].sort((a, b) => b - a);
  }

  private file(step: number, kind: Kind): string {
    return join(this.dir, `step-${step}.${kind}`);
  }
}

const kinds = ['json', 'safetensors'] as const;
type Kind = (typeof kinds)[number];

const CHECKPOINT = /^step-(\d+)\.(json|safetensors)$/;
/** What `writeAtomically` had not renamed yet when its process was killed. */
const UNFINISHED = /^step-\d+\.(json|safetensors)\.[0-9a-f-]+\.tmp$/;
const OURS = /^step-\d+\.(json|safetensors)(\.[0-9a-f-]+\.tmp|\.unusable)?$/;
