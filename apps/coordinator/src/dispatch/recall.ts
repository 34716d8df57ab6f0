import type { WorkerFacts } from '@fathom/contracts';
import type { TrialProducer } from '@fathom/queue';
import type { Store } from '@fathom/store';

export interface RecallParts {
  readonly store: Pick<Store, 'dispatch'>;
  readonly queue: Pick<TrialProducer, 'removeUnstarted'>;
  /** The workers there are; rejects while that cannot be known. */
  readonly workers: () => Promise<readonly WorkerFacts[]>;
}

/** A pool that had no worker at two looks in a row, this far apart, has none. */
const LOOK_MS = 5_000;
const MOST_AT_ONCE = 500;

/**
 * Takes trials back that were put into the queue of a pool whose workers went before they took them, where another pool
 * of their sweep has workers. Not to be done at the same time as anything that puts trials on the queue.
 */
export class Recall {
  private lookedAt = -Infinity;
  /** Of the look before. */
  private live: ReadonlySet<string> | undefined;

  constructor(private readonly parts: RecallParts) {}

  async look(): Promise<void> {
    if (performance.now() - this.lookedAt < LOOK_MS) return;
    this.lookedAt = performance.now();
    const before = this.live;
    const live = new Set((await this.parts.workers()).map(({ pool }) => pool));
    this.live = live;
    if (before === undefined || live.size === 0) return;
    const { store, queue } = this.parts;
    const stranded = await store.dispatch.stranded([...new Set([...before, ...live])], MOST_AT_ONCE);
    await store.dispatch.recall(await queue.removeUnstarted(stranded));
  }
}
