import { setImmediate } from 'node:timers/promises';
import { searchActions, type Decision, type SweepSpec } from '@fathom/contracts';
import {
  createSearcher,
  type JsonObject,
  type SearchAction,
  type SearchEvent,
  type Searcher,
} from '@fathom/search';
import type { Repositories, SearchLogEntry } from '@fathom/store';
import { Turns } from '../turns';
import { searchContextOf } from './search-context';

/** A decision as the log has it. */
export type LoggedDecision = Omit<Decision, 'id' | 'at'>;

/** What the log keeps of an action: all of it. */
export function decisionOf({ type, reason, ...rest }: SearchAction): LoggedDecision {
  return { action: type, trial: null, ...rest, reason };
}

/** Whether the search decided it, and not a person. */
export const isSearchDecision = (payload: object): payload is LoggedDecision =>
  'action' in payload && (searchActions as readonly unknown[]).includes(payload.action);

/** The log holds what was handed to a searcher, as JSON. */
export const eventOf = ({ payload }: SearchLogEntry): SearchEvent => payload as SearchEvent;

const PAGE = 1_000;

/** The log of a sweep's search after an id, page by page. */
export async function* searchLog(
  store: Pick<Repositories, 'search'>,
  sweepId: string,
  afterId: bigint,
  kinds?: readonly SearchLogEntry['kind'][],
): AsyncGenerator<SearchLogEntry> {
  for (let after = afterId, page: SearchLogEntry[]; ; after = page.at(-1)?.id ?? after) {
    page = await store.search.log(sweepId, after, PAGE, kinds);
    yield* page;
    if (page.length < PAGE) return;
  }
}

/** How the sweep has been extended, in order. */
export const extensionsOf = async (store: Pick<Repositories, 'search'>, sweepId: string) =>
  (await store.search.told(sweepId, 'sweepExtended')) as Extract<SearchEvent, { type: 'sweepExtended' }>[];

/** The searcher of a sweep as it is after all it was told: the last snapshot, and what the log says since then. */
export async function restoreSearcher(
  store: Pick<Repositories, 'search'>,
  sweep: { readonly id: string; readonly spec: SweepSpec },
): Promise<{ readonly searcher: Searcher; readonly replayed: number }> {
  const { state, event } = await store.search.snapshot(sweep.id);
  const searcher = createSearcher(sweep.spec, searchContextOf(sweep.spec), state as JsonObject | undefined);
  const turns = new Turns(setImmediate);
  let replayed = 0;
  for await (const entry of searchLog(store, sweep.id, event, ['search'])) {
    await turns.next();
    searcher.handle(eventOf(entry));
    replayed++;
  }
  return { searcher, replayed };
}
