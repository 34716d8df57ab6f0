import { CheckpointStore, CheckpointWriter, isRemote, type StoredCheckpoint } from '@fathom/artifacts';
import { StopRequest } from '@fathom/resnet';
import { UsageError } from '../exit-codes';
import { lockFolder } from '../stack/folder-lock';

export interface CheckpointOptions {
  readonly dir: string;
  /** true: there has to be one to go on from; false: begins anew; undefined: goes on where there is one. */
  readonly resume?: boolean | undefined;
  /** Beside those at the end of each epoch. */
  readonly everySteps?: number | undefined;
}

/** The checkpoints of a training without services, in a folder that this process has for itself. */
export class KeptCheckpoints {
  private constructor(
    readonly writer: CheckpointWriter,
    readonly resumeFrom: StoredCheckpoint | undefined,
    private readonly unlock: () => void,
  ) {}

  /**
   * @throws UsageError where another training uses the folder, or nothing is there to resume from though it has to
   * @throws CheckpointStorageError where the folder cannot be used
   */
  static async open(
    { dir, resume }: CheckpointOptions,
    onProgress: (what: string) => void,
  ): Promise<KeptCheckpoints> {
    if (isRemote(dir))
      throw new UsageError(`--checkpoint-dir: given is ${dir}, allowed is a folder of this machine`);
    const unlock = lockFolder(dir, { file: 'training.pid', what: 'a training' });
    try {
      const store = new CheckpointStore(dir, {
        onRefused: (name, reason) => onProgress(`checkpoint ${name} is not used: ${reason}`),
      });
      if (resume === false) await store.clear();
      const resumeFrom = await store.recover();
      if (resume === true && !resumeFrom) throw new UsageError(`--resume: there is no checkpoint in ${dir}`);
      if (resumeFrom) onProgress(`goes on after step ${resumeFrom.step}, from the checkpoint in ${dir}`);
      return new KeptCheckpoints(new CheckpointWriter(dir), resumeFrom, unlock);
    } catch (error) {
      unlock();
      throw error;
    }
  }

  /** Waits for what is being written, and gives the folder free. */
  async close(): Promise<void> {
    await this.writer.close();
    this.unlock();
  }
}

/** The same signal, with the wish for a checkpoint as its reason. */
export function stopWithCheckpoint(signal: AbortSignal): AbortSignal {
  const stop = new AbortController();
  const abort = (): void => stop.abort(new StopRequest(true));
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  return stop.signal;
}
