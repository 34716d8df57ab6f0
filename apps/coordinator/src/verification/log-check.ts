import { isDeepStrictEqual } from 'node:util';
import type { Contradiction } from '@fathom/contracts';
import type { Configuration, ObjectiveValues, SearchAction, SearchEvent, Searcher } from '@fathom/search';
import { decisionOf, isSearchDecision, type LoggedDecision } from '../sweeps/search-log';

/** As the database gives it back. */
export const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** Tells a searcher what the log says, entry by entry, and notes where it decides otherwise. */
export class LogCheck {
  readonly contradictions: Contradiction[] = [];
  /** Values of each trial that the log says was created. */
  readonly created = new Map<number, Configuration>();
  /** What the search was told of each trial's end. */
  readonly results = new Map<number, ObjectiveValues>();
  eventCount = 0;
  decisionCount = 0;
  /** What the replay has decided on the last event and the log has not named yet. */
  private due: LoggedDecision[] = [];
  private lastEvent: bigint | undefined;

  constructor(private readonly searcher: Pick<Searcher, 'handle'>) {}

  told(id: bigint, event: SearchEvent): void {
    this.end();
    this.eventCount++;
    this.lastEvent = id;
    this.due = this.searcher.handle(event).map((action: SearchAction) => decisionOf(action));
    if (event.type === 'trialCompleted') this.results.set(event.trial, event.objectives);
  }

  decided(id: bigint, payload: object): void {
    if (!isSearchDecision(payload)) return;
    this.decisionCount++;
    const { action, trial, values } = payload;
    if (action === 'createTrial' && trial !== null) this.created.set(trial, values ?? {});
    const expected = this.due.shift();
    if (isDeepStrictEqual(asJson(expected ?? null), payload)) return;
    this.contradictions.push({
      kind: 'decision',
      event: String(id),
      message: `the log has ${wordsOf(payload)}; the replay decides ${expected ? wordsOf(expected) : 'nothing more'}`,
      expected: expected ?? null,
      recorded: payload,
    });
  }

  /** No decision follows on the last event. */
  end(): void {
    for (const expected of this.due)
      this.contradictions.push({
        kind: 'decision',
        event: String(this.lastEvent),
        message: `the replay decides ${wordsOf(expected)}; the log has no such decision`,
        expected,
        recorded: null,
      });
    this.due = [];
  }
}

const wordsOf = ({ action, trial, reason }: LoggedDecision): string =>
  `${action}${trial === null ? '' : ` ${String(trial)}`} (${reason})`;
