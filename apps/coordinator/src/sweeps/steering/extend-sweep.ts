import {
  isSweepEnded,
  isSweepPaused,
  jsonPath,
  type Budget,
  type ExtendRequest,
  type SweepSpec,
  type SweepState,
  type Violation,
} from '@fathom/contracts';
import {
  configOf,
  extensionFaults,
  isWider,
  planSize,
  SearchSpecError,
  type Configuration,
} from '@fathom/search';
import type { StoredEvent } from '@fathom/store';
import { ProblemError } from '../../http/problem-error';
import { refuse, refuseOperation } from '../refuse';
import { runnableViolations, type ArchitectureCheck } from '../runnable-rules';
import { extensionsOf } from '../search-log';
import { searchContextOf } from '../search-context';
import { demandSpec } from './demand-spec';
import { inWords } from './in-words';
import { cancelledWithTheSweep, goOn } from './resume-sweep';
import { note, type Steered } from './steering';

/**
 * There is more to do than was planned; a sweep that had completed goes on.
 *
 * @throws ProblemError invalid-request for a specification that is none; operation-refused for an extension that
 *   contradicts what was decided, which it names; sweep-cannot-run as for a new sweep; state-conflict for more epochs while the sweep runs
 */
export async function extendSweep(
  steered: Steered,
  request: ExtendRequest,
  checkArchitecture: ArchitectureCheck,
): Promise<readonly StoredEvent[]> {
  const { tx, sweep, now, searches } = steered;
  const from = sweep.spec;
  const to = extended(from, request);
  if (JSON.stringify(from) === JSON.stringify(to)) return [];
  const begun = await tx.trials.begunNumbers(sweep.id);
  refuseOperation(faultsOf(from, to, begun));
  refuse(runnableViolations(to, checkArchitecture));
  const isLonger = from.recipe.epochs !== to.recipe.epochs;
  if (isLonger && !isSweepPaused(sweep.state))
    throw new ProblemError(
      'state-conflict',
      `sweep ${sweep.id} is ${sweep.state}, and trials on the queue have the epochs they have; allowed: pause it, then extend`,
    );
  const reason = `${inWords('extended', request)}; ${changesInWords(from, to)}`;
  await note(steered, { action: 'extendSweep', reason: reason.slice(0, 2_000) });
  const states: SweepState[] = [];
  if (isSweepEnded(sweep.state)) {
    await goOn(steered);
    states.push('running');
  }
  if (isLonger) {
    const values = await tx.events.valuesOf(sweep.id);
    await tx.trials.configure(
      sweep.id,
      [...values].map(([number, chosen]) => ({ number, config: configOf(to, chosen as Configuration) })),
    );
  }
  const earlier = await extensionsOf(tx, sweep.id);
  const tried = isWider(from, to) ? { tried: await proposedOf(steered) } : {};
  const event = { type: 'sweepExtended', extension: earlier.length + 1, from, to, ...tried } as const;
  const told = [event, ...(await cancelledWithTheSweep(steered))];
  const decided = await searches.advance(tx, sweep, told).catch(refuseUnfit);
  await tx.sweeps.extend(sweep.id, to, planSize(to, searchContextOf(to)));
  const changed = states.map(
    (state) => ({ type: 'sweepChanged', sweepId: sweep.id, state, reason }) as const,
  );
  return tx.events.append([...changed, ...decided], now);
}

/** What the search has proposed until now. */
async function proposedOf({ tx, sweep }: Steered): Promise<Configuration[]> {
  const proposed = await tx.events.valuesOf(sweep.id, { proposed: true });
  return [...proposed.values()] as Configuration[];
}

/** @throws ProblemError invalid-request, with the paths of the request */
function extended(from: SweepSpec, { trials, epochs, space, budget }: ExtendRequest): SweepSpec {
  if (trials !== undefined && from.search.algorithm === 'grid')
    refuseOperation([
      {
        path: '$.trials',
        rule: 'extension',
        message:
          'grid search tries every configuration of its space: raise budget.maxTrials, or clone it with a wider space',
      },
    ]);
  return demandSpec({
    ...from,
    search: { ...from.search, ...(trials === undefined ? {} : { trials }) },
    recipe: { ...from.recipe, ...(epochs === undefined ? {} : { epochs }) },
    space: { ...from.space, ...space },
    budget: Object.fromEntries(
      Object.entries({ ...from.budget, ...budget }).filter(([, limit]) => limit !== null),
    ),
  });
}

function changesInWords(from: SweepSpec, to: SweepSpec): string {
  const trialsOf = ({ search }: SweepSpec) => ('trials' in search ? search.trials : undefined);
  const limits = (Object.keys({ ...from.budget, ...to.budget }) as (keyof Budget)[]).map(
    (name) => [`budget.${name}`, from.budget[name], to.budget[name]] as const,
  );
  const domains = (Object.keys(to.space) as (keyof SweepSpec['space'])[]).map(
    (name) => [name, from.space[name], to.space[name]] as const,
  );
  const parts = [
    ['trials', trialsOf(from), trialsOf(to)] as const,
    ['epochs', from.recipe.epochs, to.recipe.epochs] as const,
    ...domains,
    ...limits,
  ];
  const inJson = (value: unknown) => (value === undefined ? 'none' : JSON.stringify(value));
  return parts
    .filter(([, before, after]) => JSON.stringify(before) !== JSON.stringify(after))
    .map(([name, before, after]) => `${name} from ${inJson(before)} to ${inJson(after)}`)
    .join(', ');
}

function faultsOf(from: SweepSpec, to: SweepSpec, begun: readonly number[]): Violation[] {
  try {
    return extensionFaults(from, to, begun).map(({ path, message }) => ({
      path: jsonPath([...path]),
      rule: 'extension',
      message,
    }));
  } catch (error) {
    return refuseUnfit(error);
  }
}

/** @throws ProblemError operation-refused for what the search itself refuses */
function refuseUnfit(error: unknown): never {
  if (error instanceof SearchSpecError)
    refuseOperation([{ path: jsonPath(error.path), rule: 'search', message: error.message }]);
  throw error;
}
