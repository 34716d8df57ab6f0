import { setTimeout as sleep } from 'node:timers/promises';
import { isTrialEnded, type TrialLogLine, type TrialLogQuery } from '@fathom/contracts';
import { isStoreUnavailable, type LogPosition, type Store } from '@fathom/store';

/** How often a reader who follows looks for more. */
const POLL_MS = 500;
/** What a worker says last of a trial comes up to so long after the news of its end. */
const LAST_WORDS_MS = 3_000;

/**
 * Pages of the log of a trial: what there is, and, where the reader follows, what comes until the trial has ended. A page
 * may be empty.
 */
export async function* trialLogLines(
  store: Pick<Store, 'logs' | 'trials'>,
  trialId: string,
  query: TrialLogQuery,
  signal: AbortSignal,
): AsyncGenerator<readonly TrialLogLine[], void, undefined> {
  const selection = { attempt: query.attempt };
  let position = query.after === undefined ? undefined : positionOf(query.after);
  if (query.tail !== undefined)
    position = later(position, await store.logs.beforeLast(trialId, query.tail, selection));
  let quietSince: number | undefined;
  while (!signal.aborted) {
    const lines = await whereThere(() => store.logs.after(trialId, position, selection));
    const last = lines?.at(-1);
    if (lines && last) {
      position = positionOf(last.cursor);
      quietSince = undefined;
      yield lines;
      continue;
    }
    if (query.follow === 'false') return;
    const state = (await whereThere(() => store.trials.summary(trialId)))?.state;
    if (lines && state !== undefined && isTrialEnded(state)) {
      quietSince ??= performance.now();
      if (performance.now() - quietSince > LAST_WORDS_MS) return;
    }
    yield [];
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Undefined while the database cannot be reached: the reader waits. */
async function whereThere<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isStoreUnavailable(error)) return undefined;
    throw error;
  }
}

function positionOf(cursor: string): LogPosition {
  const [chunk = '0', line = '0'] = cursor.split('.');
  return { chunk: BigInt(chunk), line: Number(line) };
}

function later(a: LogPosition | undefined, b: LogPosition | undefined): LogPosition | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a.chunk > b.chunk || (a.chunk === b.chunk && a.line > b.line) ? a : b;
}
