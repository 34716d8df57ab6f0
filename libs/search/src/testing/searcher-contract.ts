import { execFileSync } from 'node:child_process';
import { sweepSpecSchema, trainingConfigSchema, type SweepSpecInput } from '@fathom/contracts';
import { configOf } from '../config-of';
import { maxEpochsOf, trialEpochs } from '../epochs';
import type { SearchAction } from '../events';
import { createSearcher } from '../searcher';
import { SearchSpace } from '../space/search-space';
import { context, improving, play, type Curve, type Played } from './play';

export { context, play, reasonsOf, type Played } from './play';

const created = (actions: readonly SearchAction[]): number[] =>
  actions.flatMap((action) => (action.type === 'createTrial' ? [action.trial] : []));

const drawn = ({ actions }: Pick<Played, 'actions'>) =>
  actions.flatMap((action) =>
    action.type === 'createTrial' && action.from === undefined ? [action.values] : [],
  );

/** As many objectives as the spec has, the further ones at odds with the first. */
const asManyAs = (input: SweepSpecInput, curve: Curve): Curve => {
  const further = input.furtherObjectives?.length ?? 0;
  return (trial, values, epoch) => {
    const first = curve(trial, values, epoch);
    return first && [...first, ...Array.from({ length: further }, (_, i) => Math.sin(trial * (i + 1)))];
  };
};

/** Of three trials one crashes in its second epoch (or its only one), and one gives no number. */
const troubled =
  (epochs: number): Curve =>
  (trial, values, epoch) => {
    if (trial % 3 === 0 && epoch === Math.min(2, epochs)) return undefined;
    return trial % 3 === 1 ? [null] : improving(trial, values, epoch);
  };

/** Of seven trials one crashes at some time, and every eleventh epoch gives no number. */
const unlucky: Curve = (trial, _, epoch) => {
  if (trial % 7 === 3 && epoch > trial % 5) return undefined;
  return (trial * 31 + epoch) % 11 === 0 ? [null] : [Math.sin(trial * 7) / 2 + 1 / epoch];
};

export interface ContractOptions {
  /** Copies of population-based training are trials beyond those of the plan, and have no configuration of their own. */
  readonly clones?: boolean;
}

/** What every searcher must hold to, whatever its algorithms. Call inside a `describe`. */
export function itHoldsToTheContract(
  input: SweepSpecInput,
  plannedTrials: number,
  { clones = false }: ContractOptions = {},
): void {
  const spec = sweepSpecSchema.parse(input);
  const epochs = maxEpochsOf(spec);
  const usual = asManyAs(input, improving);
  let first: Played | undefined;
  const usually = () => (first ??= play(input, { curve: usual }));

  it('creates each trial once, numbered from 1, and completes once, last', () => {
    const played = usually();
    const trials = created(played.actions);
    expect(trials).toEqual(trials.map((_, index) => index + 1));
    expect(drawn(played)).toHaveLength(plannedTrials);
    if (!clones) expect(trials).toHaveLength(plannedTrials);
    expect(played.actions.filter((action) => action.type === 'completeSweep')).toHaveLength(1);
    expect(played.actions.at(-1)?.type).toBe('completeSweep');
    expect(createSearcher(spec, context).plannedTrials).toBe(plannedTrials);
  });

  it('proposes only valid configurations, inside the space and its constraints, none twice', () => {
    const played = usually();
    const space = new SearchSpace(spec);
    for (const action of played.actions) {
      if (action.type !== 'createTrial') continue;
      expect(space.allows(action.values) ? undefined : action.values).toBeUndefined();
      expect(trainingConfigSchema.safeParse(configOf(spec, action.values)).success).toBe(true);
    }
    expect(new Set(drawn(played).map((values) => JSON.stringify(values))).size).toBe(plannedTrials);
  });

  it('trains some trial to its end, and none further', () => {
    const { actions, epochsOf } = usually();
    const most = Math.max(...epochsOf.values());
    const longest = actions.flatMap((action) =>
      action.type === 'createTrial' ? [trialEpochs(spec, action.values)] : [],
    );
    expect(most).toBe(Math.max(...longest));
  });

  it('gives the same actions for the same spec, whatever the order of its fields', () => {
    const reversed = Object.fromEntries(Object.entries(spec.space).reverse());
    expect(play({ ...input, space: reversed }, { curve: usual }).actions).toEqual(usually().actions);
  });

  it('is not moved by events that come twice', () => {
    const twice = play(input, { repeatEvents: true, curve: usual });
    expect(twice.actions).toEqual(usually().actions);
    expect(twice.state).toEqual(usually().state);
  });

  it('goes on from its state as if it had never stopped, at every step', () => {
    for (const curve of [usual, asManyAs(input, unlucky)]) {
      const restarted = play(input, { restart: true, curve });
      const { actions, state } = play(input, { curve });
      expect(restarted.actions).toEqual(actions);
      expect(restarted.state).toEqual(state);
    }
  });

  it('ends when trials crash or give no number', () => {
    const played = play(input, { curve: asManyAs(input, troubled(epochs)) });
    expect(played.actions.at(-1)?.type).toBe('completeSweep');
    expect(drawn(played)).toHaveLength(plannedTrials);
  });

  it.each(['at once', 'afterwards'] as const)('takes a result of a trial that had crashed: %s', (rerun) => {
    const options = { rerun, curve: asManyAs(input, troubled(epochs)) };
    const played = play(input, options);
    expect(played.events.some(({ type }) => type === 'trialRerun')).toBe(true);
    expect(drawn(played)).toHaveLength(plannedTrials);
    const ends = played.events.flatMap((event) => (event.type === 'trialRerun' ? [event.trial] : []));
    const completed = played.events.flatMap((event) =>
      event.type === 'trialCompleted' ? [event.trial] : [],
    );
    for (const trial of ends) expect(completed).toContain(trial);
    const last = played.actions.at(-1);
    expect(last?.type).toBe('completeSweep');
    // Those without a number are left; the others have a result now.
    const without = Number(
      /, (\d+) of them without a result/.exec(last?.type === 'completeSweep' ? last.reason : '')?.[1],
    );
    expect(without).toBeLessThanOrEqual(created(played.actions).filter((trial) => trial % 3 === 1).length);
    if (rerun === 'afterwards') return;
    const restarted = play(input, { ...options, restart: true, repeatEvents: true });
    expect(restarted.actions).toEqual(played.actions);
    expect(restarted.state).toEqual(played.state);
  });

  it('ends when no trial gives anything', () => {
    for (const curve of [() => undefined, () => [null]] as Curve[])
      expect(play(input, { curve }).actions.at(-1)?.type).toBe('completeSweep');
  });

  it.each([1, 2, 3])('ends whatever the order of events: %i', (disorder) => {
    const curve = asManyAs(input, unlucky);
    const played = play(input, { disorder, curve });
    expect(drawn(played)).toHaveLength(plannedTrials);
    expect(played.actions.at(-1)?.type).toBe('completeSweep');
    if (disorder === 1)
      expect(play(input, { disorder, curve, restart: true }).actions).toEqual(played.actions);
  });

  it('ignores trials it never created', () => {
    const searcher = createSearcher(spec, context);
    searcher.handle({ type: 'sweepStarted' });
    const before = searcher.snapshot();
    for (const trial of [0, -1, 1_000_000]) {
      expect(searcher.handle({ type: 'trialCompleted', trial, objectives: [0] })).toEqual([]);
      expect(searcher.handle({ type: 'trialRerun', trial, values: {} })).toEqual([]);
    }
    expect(searcher.snapshot()).toEqual(before);
  });
}

/** Searchers of another process, told the same events, ask for the same. One process for all of the specs. */
export function itIsTheSameInAnotherProcess(inputs: Readonly<Record<string, SweepSpecInput>>): void {
  it('gives the same from a seed in another process', () => {
    const plays = Object.entries(inputs).map(([name, input]) => {
      const { actions, events } = play(input, { curve: asManyAs(input, unlucky) });
      return { name, spec: sweepSpecSchema.parse(input), actions, events };
    });
    const script = `const { createSearcher } = require('@fathom/search');
      const plays = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
      process.stdout.write(JSON.stringify(plays.map(({ spec, events }) => {
        const searcher = createSearcher(spec, { epochCost: ({ depth }) => depth });
        return events.flatMap((event) => searcher.handle(event));
      })));`;
    const there = JSON.parse(
      execFileSync(process.execPath, ['-e', script], {
        cwd: __dirname,
        encoding: 'utf8',
        input: JSON.stringify(plays.map(({ spec, events }) => ({ spec, events }))),
        maxBuffer: 2 ** 28,
      }),
    ) as SearchAction[][];
    plays.forEach(({ name, actions }, index) => expect([name, there[index]]).toEqual([name, actions]));
  });
}

export interface Bounds {
  /** Most characters of the state at any time. */
  readonly state: number;
  /** Least events that the play must have. Default 10,000. */
  readonly events?: number;
}

/** A sweep of many trials, few of them open at once, is played with little state and in little time. */
export function itStaysSmall(input: SweepSpecInput, { state, events = 10_000 }: Bounds): void {
  it(`keeps its state below ${String(state)} characters over ${String(events)} events and more`, () => {
    const sizes: number[] = [];
    const began = performance.now();
    const played = play(input, {
      curve: asManyAs(input, unlucky),
      watch: (searcher, count) => {
        if (count % 1_000 === 0) sizes.push(JSON.stringify(searcher.snapshot()).length);
      },
    });
    expect(played.events.length).toBeGreaterThanOrEqual(events);
    expect(Math.max(...sizes)).toBeLessThan(state);
    // Generous: only time that grows with the square of the events would take so long.
    expect(performance.now() - began).toBeLessThan(30_000);
  });
}
