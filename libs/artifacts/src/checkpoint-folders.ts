import { join } from 'node:path';
import { CheckpointStore } from './checkpoint-store';
import { listIfThere, removeIfEmpty } from './if-there';

const PAUSES = 'pauses';

/**
 * The checkpoints of all trials on one machine, or on several that share the folder: `<sweep>/<trial>` with those to go
 * on from, and `<sweep>/<trial>/pauses` with those that other trials may start from. What is not there is as good as
 * dropped.
 */
export class CheckpointFolders {
  constructor(readonly dir: string) {}

  of(sweepId: string, trialId: string): string {
    return join(this.dir, sweepId, trialId);
  }

  pausesOf(sweepId: string, trialId: string): string {
    return join(this.of(sweepId, trialId), PAUSES);
  }

  /** @param upToFence those of attempts with a larger fence stay; absent: all go */
  async dropTrial(
    sweepId: string,
    trialId: string,
    { keepPauses, upToFence }: { readonly keepPauses: boolean; readonly upToFence?: number },
  ): Promise<void> {
    if (!keepPauses) await new CheckpointStore(this.pausesOf(sweepId, trialId)).clear();
    await new CheckpointStore(this.of(sweepId, trialId)).clear(upToFence);
  }

  /** @param except trials that still write there; whoever runs them drops theirs */
  async dropSweep(sweepId: string, except: ReadonlySet<string> = new Set()): Promise<void> {
    for (const trialId of await listIfThere(join(this.dir, sweepId)))
      if (!except.has(trialId)) await this.dropTrial(sweepId, trialId, { keepPauses: false });
    await removeIfEmpty(join(this.dir, sweepId));
  }

  /** Ids of the sweeps that have a folder. */
  async sweeps(): Promise<string[]> {
    return (await listIfThere(this.dir)).filter((name) => UUID.test(name));
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
