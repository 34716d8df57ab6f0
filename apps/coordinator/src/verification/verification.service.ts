import { isDeepStrictEqual } from 'node:util';
import { MAX_CONTRADICTIONS, type Contradiction, type Verification } from '@fathom/contracts';
import { configOf, createSearcher } from '@fathom/search';
import type { Repositories, Store, SweepRecord } from '@fathom/store';
import { eventOf, extensionsOf, restoreSearcher, searchLog } from '../sweeps/search-log';
import { searchContextOf } from '../sweeps/search-context';
import { noSweep } from '../sweeps/sweep.service';
import { Turns } from '../turns';
import { asJson, LogCheck } from './log-check';

/** Plays the log of a sweep's search again and compares what it decides with what was recorded. */
export class VerificationService {
  constructor(private readonly store: Store) {}

  /** @throws ProblemError not-found */
  verify(sweepId: string): Promise<Verification> {
    // One picture of the database: a sweep that runs goes on meanwhile.
    return this.store.snapshot(async (tx) => {
      const sweep = await tx.sweeps.record(sweepId);
      if (!sweep) throw noSweep(sweepId);
      // What it was before it was extended.
      const [extension] = await extensionsOf(tx, sweepId);
      const searcher = createSearcher(extension?.from ?? sweep.spec, searchContextOf(sweep.spec));
      const log = new LogCheck(searcher);
      // A search with a model takes a good part of a second for a proposal. Others have their turn while PostgreSQL hears
      // that this transaction is still at work: it ends those that are idle for long.
      const turns = new Turns(() => tx.sweeps.state(sweepId));
      for await (const entry of searchLog(tx, sweepId, 0n)) {
        await turns.next();
        if (entry.kind === 'search') log.told(entry.id, eventOf(entry));
        else log.decided(entry.id, entry.payload);
      }
      log.end();
      const restored = (await restoreSearcher(tx, sweep)).searcher.snapshot();
      const state = isDeepStrictEqual(asJson(restored), asJson(searcher.snapshot()))
        ? []
        : [stateContradiction];
      const { count, found } = await checkTrials(tx, sweep, log);
      const contradictions = [...log.contradictions, ...found, ...state];
      return {
        sweepId,
        events: log.eventCount,
        decisions: log.decisionCount,
        trials: count,
        agrees: contradictions.length === 0,
        contradictions: contradictions.slice(0, MAX_CONTRADICTIONS),
        contradictionCount: contradictions.length,
      };
    });
  }
}

const stateContradiction: Contradiction = {
  kind: 'state',
  event: null,
  message: 'the stored snapshot and the log since then lead to another state than the whole log',
  expected: null,
  recorded: null,
};

const PAGE = 1_000;

async function checkTrials(tx: Repositories, sweep: SweepRecord, log: LogCheck) {
  const found: Contradiction[] = [];
  const unseen = new Map(log.created);
  let count = 0;
  for (let after = 0, size = PAGE; size === PAGE;) {
    const page = await tx.trials.outcomes(sweep.id, after, PAGE);
    for (const { number, config, state, objectives } of page) {
      count++;
      after = number;
      const name = `trial ${String(number)}`;
      const add = (kind: Contradiction['kind'], message: string, expected: unknown, recorded: unknown) =>
        found.push({ kind, event: null, message, expected, recorded });
      const values = unseen.get(number);
      unseen.delete(number);
      if (values === undefined) add('trial', `${name} exists, and nothing decided it`, null, config);
      else {
        const decided = configOf(sweep.spec, values);
        if (!isDeepStrictEqual(asJson(decided), asJson(config)))
          add('trial', `${name} has another configuration than was decided`, decided, config);
      }
      const told = log.results.get(number);
      if (state === 'completed' && !isDeepStrictEqual(told, objectives))
        add('result', `${name} has another result than the search was told`, told ?? null, objectives);
    }
    size = page.length;
  }
  for (const [number, values] of unseen)
    found.push({
      ...{ kind: 'trial', event: null, message: `trial ${String(number)} was decided and does not exist` },
      ...{ expected: values, recorded: null },
    });
  return { count, found };
}
