import { CheckpointStore } from './checkpoint-store';
import { defaultRetention, type Retention } from './retention';
import { under } from './stores/location';
import { openArtifacts } from './stores/open-artifacts';

const PAUSES = 'pauses';
const KEPT = 'kept';

/**
 * The checkpoints of all trials on one machine, or on several that share the folder or object store: `<sweep>/<trial>`
 * with those to go on from, `<sweep>/<trial>/pauses` with those that other trials may start from, and
 * `kept/<sweep>/<trial>` with those that outlive their trial. What is not there is as good as dropped.
 */
export class CheckpointFolders {
  /** @param dir a path, or s3://bucket/prefix */
  constructor(
    readonly dir: string,
    private readonly retention: Retention = defaultRetention,
  ) {}

  of(sweepId: string, trialId: string): string {
    return under(this.dir, sweepId, trialId);
  }

  pausesOf(sweepId: string, trialId: string): string {
    return under(this.of(sweepId, trialId), PAUSES);
  }

  keptOf(sweepId: string, trialId: string): string {
    return under(this.dir, KEPT, sweepId, trialId);
  }

  /**
   * Drops the checkpoints of a trial to which nobody will go back, but for those that outlive it.
   *
   * @param upToFence those of attempts with a larger fence stay; absent: all go
   */
  async dropTrial(
    sweepId: string,
    trialId: string,
    { keepPauses, upToFence }: { readonly keepPauses: boolean; readonly upToFence?: number },
  ): Promise<void> {
    if (!keepPauses) await new CheckpointStore(this.pausesOf(sweepId, trialId)).clear();
    const { retention } = this;
    const store = new CheckpointStore(this.of(sweepId, trialId), { retention });
    const all = openArtifacts(this.dir);
    const path = [sweepId, trialId];
    for (const file of await store.outstanding(upToFence))
      await all.rename([...path, file].join('/'), [KEPT, ...path, file].join('/'));
    await store.clear(upToFence);
  }

  /** @param except trials that still write there; whoever runs them drops theirs */
  async dropSweep(sweepId: string, except: ReadonlySet<string> = new Set()): Promise<void> {
    const sweep = openArtifacts(under(this.dir, sweepId));
    for (const trialId of await sweep.folders())
      if (!except.has(trialId)) await this.dropTrial(sweepId, trialId, { keepPauses: false });
    await sweep.removeIfEmpty();
  }

  /** Ids of the sweeps that have a folder. */
  async sweeps(): Promise<string[]> {
    return (await openArtifacts(this.dir).folders()).filter((name) => UUID.test(name));
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
