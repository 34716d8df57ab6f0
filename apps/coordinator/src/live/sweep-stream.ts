import { isSweepEnded, type LiveEvent } from '@fathom/contracts';
import { isStoreUnavailable, type Store, type StoredEvent } from '@fathom/store';
import type { LiveHub } from './live-hub';

const PAGE = 500;
/** Stored events are looked for this often, in case a live message was lost. */
const POLL_MS = 2_000;
/** Step reports a slow client may fall behind by; older ones are dropped. */
const MAX_STEPS_WAITING = 1_000;

/**
 * The events of a sweep after an id, then what happens, until the sweep has ended.
 *
 * Stored events always come from the database, in order and without gaps; a live message about one is only the
 * hint to look there. So it does not matter which messages Redis loses or in what order they come.
 */
export async function* sweepStream(
  store: Pick<Store, 'events' | 'sweeps'>,
  hub: LiveHub,
  sweepId: string,
  afterId: bigint,
  signal: AbortSignal,
): AsyncGenerator<LiveEvent, void, undefined> {
  const steps: LiveEvent[] = [];
  let wake: () => void = () => undefined;
  let hasNews = false;
  const unsubscribe = hub.subscribe(sweepId, (event) => {
    if (event.type === 'stepReported') {
      steps.push(event);
      if (steps.length > MAX_STEPS_WAITING) steps.shift();
    }
    hasNews = true;
    wake();
  });
  const onAbort = () => {
    wake();
  };
  signal.addEventListener('abort', onAbort);
  try {
    let lastId = afterId;
    // A sweep that ended before has its last event among those stored; after it there is nothing to wait for.
    let hasEnded = await hasEndedNow(store, sweepId);
    while (!signal.aborted) {
      hasNews = false;
      const stored = await readPage(store, sweepId, lastId);
      if (stored === undefined) {
        await pause((resolve) => (wake = resolve));
        continue;
      }
      for (const event of stored) {
        yield event;
        lastId = BigInt(event.id);
        // One that is given more to do has later events than its first end.
        if (event.type === 'sweepChanged') hasEnded = isSweepEnded(event.state);
      }
      if (stored.length === PAGE) continue;
      if (hasEnded && (await hasEndedNow(store, sweepId))) return;
      yield* steps.splice(0);
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- set by the listener while this waited
      if (!hasNews) await pause((resolve) => (wake = resolve));
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    unsubscribe();
  }
}

/** Whether it has, as far as can be known: while the database cannot be reached nothing has. */
async function hasEndedNow(store: Pick<Store, 'sweeps'>, sweepId: string): Promise<boolean> {
  try {
    return isSweepEnded((await store.sweeps.state(sweepId)) ?? 'cancelled');
  } catch (error) {
    if (isStoreUnavailable(error)) return false;
    throw error;
  }
}

/** A page of stored events; undefined while the database cannot be reached: the client keeps its stream. */
async function readPage(
  store: Pick<Store, 'events'>,
  sweepId: string,
  afterId: bigint,
): Promise<StoredEvent[] | undefined> {
  try {
    return await store.events.after(sweepId, afterId, PAGE);
  } catch (error) {
    if (isStoreUnavailable(error)) return undefined;
    throw error;
  }
}

/** Waits until woken or for one poll interval. */
async function pause(onWake: (resolve: () => void) => void): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await new Promise<void>((resolve) => {
    onWake(resolve);
    timer = setTimeout(resolve, POLL_MS);
  });
  clearTimeout(timer);
}
