import { decodeSafetensors, safetensorsParts, SafetensorsError } from '@fathom/safetensors';
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
import {
  defaultRetention,
  outstanding,
  superfluous,
  type CheckpointMark,
  type MarkedCheckpoint,
  type Retention,
} from './retention';
import type { ArtifactStore } from './stores/artifact-store';
import { openArtifacts } from './stores/open-artifacts';
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
  /** What retention goes by. */
  readonly mark?: CheckpointMark | undefined;
}

export interface CheckpointStoreOptions {
  /** Which checkpoints stay. Default: the newest two. */
  readonly retention?: Retention;
  /**
   * Of the attempt that uses the folder; it grows from attempt to attempt. Default 0: there is but one, ever. An attempt
   * goes on from what earlier ones left, and whoever finds something of a later one has been overtaken.
   */
  readonly fence?: number;
  /** Told of every checkpoint that is there but cannot be used. */
  readonly onRefused?: (name: string, reason: string) => void;
}

/**
 * The checkpoints of one trial in one folder, of a disk or of an object store: `step-<n>.safetensors` with the tensors and `step-<n>.json` with the
 * rest and the checksums of both; `step-<n>.f<fence>.…` where attempts have fences. The JSON is written last, so a
 * checkpoint exists once its JSON does.
 */
export class CheckpointStore {
  private readonly retention: Retention;
  private readonly fence: number;
  private readonly files: ArtifactStore;
  private hasClaimed = false;
  /** Of checkpoints that were written or looked at, by name; what is written once is never changed. */
  private readonly marks = new Map<string, CheckpointMark>();

  /** @param dir a path, or s3://bucket/prefix */
  constructor(
    readonly dir: string,
    private readonly options: CheckpointStoreOptions = {},
  ) {
    this.retention = options.retention ?? defaultRetention;
    this.fence = options.fence ?? 0;
    this.files = openArtifacts(dir);
  }

  /**
   * Stores a checkpoint and drops those that need not stay.
   *
   * @throws CheckpointStorageError where a later attempt has begun
   */
  async write({ step, state, tensors, mark }: StoredCheckpoint): Promise<void> {
    this.refuseIfOvertaken(await this.list());
    const id = { step, fence: this.fence };
    const parts = safetensorsParts(tensors);
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    const record = formatRecord({
      step,
      state,
      tensors: { bytes, sha256: sha256(...parts) },
      ...(mark === undefined ? {} : { mark }),
    });
    try {
      await this.files.write(fileOf(id, 'safetensors'), parts);
      await this.files.write(fileOf(id, 'json'), record);
    } catch (error) {
      // A later attempt removes what is unfinished when it begins.
      this.refuseIfOvertaken(await this.list());
      throw error;
    }
    this.marks.set(nameOf(id), mark ?? {});
    const files = await this.list();
    this.refuseIfOvertaken(files);
    for (const old of superfluous(await this.marked(files), this.retention))
      // In this order, for a JSON without tensors would be taken for a damaged one.
      await this.files.remove([fileOf(old, 'json'), fileOf(old, 'safetensors')]);
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
      this.refuseIfClaimed(files);
      await this.claim();
      await this.files.removeUnfinished((name) => parseFile(name) !== undefined);
      await this.files.remove(
        files.filter(({ kind, fence }) => kind === 'claim' && fence < this.fence).map(({ name }) => name),
      );
      return await this.newestWhole(async (id) => {
        for (const file of kinds.map((kind) => fileOf(id, kind)))
          await this.files.rename(file, `${file}.unusable`);
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
    const isOurs = (file: CheckpointFile | undefined) => file !== undefined && file.fence <= upToFence;
    await this.files.removeUnfinished((name) => isOurs(parseFile(name)));
    await this.files.remove((await this.list()).filter(isOurs).map(({ name }) => name));
    await this.files.removeIfEmpty();
  }

  /**
   * Files of the checkpoints that outlive the trial, of each the JSON last.
   *
   * @param upToFence without those of attempts with a larger one
   */
  async outstanding(upToFence = Infinity): Promise<string[]> {
    if (this.retention.best === 0 && !this.retention.rungs) return [];
    const files = (await this.list()).filter(({ fence }) => fence <= upToFence);
    return outstanding(await this.marked(files), this.retention).flatMap((id) => [
      fileOf(id, 'safetensors'),
      fileOf(id, 'json'),
    ]);
  }

  private async marked(files: readonly ListedFile[]): Promise<MarkedCheckpoint[]> {
    const marked: MarkedCheckpoint[] = [];
    for (const id of idsOf(files, ['json'])) marked.push({ id, mark: await this.markOf(id) });
    return marked;
  }

  private async markOf(id: CheckpointId): Promise<CheckpointMark> {
    if (this.retention.best === 0 && !this.retention.rungs) return {};
    const known = this.marks.get(nameOf(id)) ?? (await this.readMark(id));
    this.marks.set(nameOf(id), known);
    return known;
  }

  /** A damaged one is worth nothing more than being new; whoever resumes sets it aside. */
  private async readMark(id: CheckpointId): Promise<CheckpointMark> {
    try {
      return parseRecord((await this.readFile(id, 'json')).toString('utf8'), id.step).mark ?? {};
    } catch (error) {
      if (error instanceof UnusableCheckpoint) return {};
      throw error;
    }
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
      return { step, state: record.state, tensors, ...(record.mark ? { mark: record.mark } : {}) };
    } catch (error) {
      if (error instanceof SafetensorsError) throw new UnusableCheckpoint(error.message, { cause: error });
      throw error;
    }
  }

  private async readFile(id: CheckpointId, kind: Kind): Promise<Buffer> {
    const bytes = await this.files.read(fileOf(id, kind));
    if (bytes === undefined) throw new UnusableCheckpoint(`${fileOf(id, kind)} is missing`);
    return bytes;
  }

  private async list(): Promise<ListedFile[]> {
    return (await this.files.list()).flatMap((name) => {
      const file = parseFile(name);
      return file ? [{ ...file, name }] : [];
    });
  }

  private async claim(): Promise<void> {
    if (this.fence === 0) return;
    this.hasClaimed = true;
    await this.files.write(claimOf(this.fence), '');
  }

  /** Another attempt of the same fence was there: Redis has forgotten it, and may have it running still. */
  private refuseIfClaimed(files: readonly ListedFile[]): void {
    const isClaimed = files.some(({ kind, fence }) => kind === 'claim' && fence === this.fence);
    if (isClaimed && !this.hasClaimed)
      throw new CheckpointStorageError(
        this.dir,
        OVERTAKEN,
        `attempt ${this.fence} has been overtaken: ${this.dir} is that of another attempt ${this.fence}`,
      );
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
