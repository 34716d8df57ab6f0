import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeSafetensors, encodeSafetensors, SafetensorsError } from '@fathom/safetensors';
import { z } from 'zod';
import { writeAtomically } from './atomic-write';
import { sha256 } from './checksum';

interface F32Tensor {
  readonly dtype: 'F32';
  readonly shape: number[];
  readonly data: Float32Array;
}
type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

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

const recordSchema = z.strictObject({
  step: z.int().min(0),
  state: z.record(z.string(), z.json()),
  sha256: z.string(),
});

/** A checkpoint that is torn, corrupted or of another format. */
class UnusableCheckpoint extends Error {}

/**
 * The checkpoints of one trial in one folder: `step-<n>.safetensors` with the tensors and `step-<n>.json` with the
 * rest and the checksum of the tensors. The JSON is written last, so a checkpoint exists once its JSON does.
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
    const bytes = encodeSafetensors(tensors);
    await writeAtomically(this.file(step, 'safetensors'), bytes);
    const record = { step, state, sha256: sha256(bytes) };
    await writeAtomically(this.file(step, 'json'), JSON.stringify(record));
    for (const old of (await this.steps()).slice(this.keep)) {
      await rm(this.file(old, 'json'), { force: true });
      await rm(this.file(old, 'safetensors'), { force: true });
    }
  }

  /** The newest checkpoint that is whole, or undefined; the unusable ones before it are reported by name. */
  async newest(): Promise<StoredCheckpoint | undefined> {
    for (const step of await this.steps()) {
      try {
        return await this.read(step);
      } catch (error) {
        if (!(error instanceof UnusableCheckpoint)) throw error;
        this.options.onRefused?.(`step-${step}`, error.message);
      }
    }
    return undefined;
  }

  /** Removes the folder with all checkpoints. */
  async clear(): Promise<void> {
    await rm(this.dir, { recursive: true, force: true });
  }

  private async read(step: number): Promise<StoredCheckpoint> {
    const record = await this.readRecord(step);
    const bytes = await readIfThere(this.file(step, 'safetensors'));
    if (sha256(bytes) !== record.sha256)
      throw new UnusableCheckpoint('the checksum of its tensors does not match');
    try {
      const tensors: Record<string, F32Tensor> = {};
      for (const [name, tensor] of Object.entries(decodeSafetensors(bytes).tensors)) {
        if (tensor.dtype !== 'F32') throw new UnusableCheckpoint(`${name} is ${tensor.dtype}, not F32`);
        tensors[name] = { ...tensor, shape: [...tensor.shape] };
      }
      return { step: record.step, state: record.state, tensors };
    } catch (error) {
      if (error instanceof SafetensorsError) throw new UnusableCheckpoint(error.message, { cause: error });
      throw error;
    }
  }

  private async readRecord(step: number): Promise<z.infer<typeof recordSchema>> {
    const text = (await readIfThere(this.file(step, 'json'))).toString('utf8');
    try {
      return recordSchema.parse(JSON.parse(text));
    } catch (error) {
      throw new UnusableCheckpoint('its JSON is damaged', { cause: error });
    }
  }

  /** Steps of the checkpoints whose JSON is there, newest first. */
  private async steps(): Promise<number[]> {
    return (await listIfThere(this.dir))
      .flatMap((name) => /^step-(\d+)\.json$/.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => b - a);
  }

  private file(step: number, kind: 'json' | 'safetensors'): string {
    return join(this.dir, `step-${step}.${kind}`);
  }
}

const isMissing = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';

async function readIfThere(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isMissing(error)) throw new UnusableCheckpoint(`${path} is missing`, { cause: error });
    throw error;
  }
}

async function listIfThere(dir: string): Promise<string[]> {
  try {
    return await readdir(dir);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
