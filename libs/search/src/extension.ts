import { parameterNames, type Domain, type ParameterName, type SweepSpec } from '@fathom/contracts';
import { maxEpochsOf } from './epochs';
import { dimensionOf } from './space/dimension';

/** What keeps a sweep from being extended so. */
export interface ExtensionFault {
  readonly path: readonly string[];
  readonly message: string;
}

/** Values of a domain that are looked at one by one; of a longer one its ends are. */
const LISTED = 10_000;

/** Whether `to` can have configurations that `from` could not. */
export const isWider = (from: SweepSpec, to: SweepSpec): boolean =>
  parameterNames.some((name) => JSON.stringify(from.space[name]) !== JSON.stringify(to.space[name]));

/**
 * What of an extension contradicts what was decided: by the sweep's own rules, by what its search has proposed and by the
 * trials that have begun. Empty: the search can go on with `to` as it would have, had it known in time.
 *
 * @param begun numbers of the trials that have begun to train, ascending
 */
export function extensionFaults(
  from: SweepSpec,
  to: SweepSpec,
  begun: readonly number[],
): readonly ExtensionFault[] {
  return [
    ...trialFaults(from, to),
    ...epochFaults(from, to, begun),
    ...(isWider(from, to) ? spaceFaults(from, to) : []),
    ...budgetFaults(from, to),
  ];
}

function trialFaults({ search, scheduler }: SweepSpec, to: SweepSpec): ExtensionFault[] {
  if (search.algorithm === 'grid' || to.search.algorithm === 'grid') return [];
  const [before, after] = [search.trials, to.search.trials];
  if (after === before) return [];
  const fault = (message: string) => [{ path: ['trials'], message }];
  if (after < before)
    return fault(
      `given ${String(after)}, and the sweep has ${String(before)}; allowed: ${String(before)} or more`,
    );
  return scheduler.algorithm === 'pbt'
    ? fault(
        `the population of pbt is the one it began with: ${String(before)} trials; clone the sweep instead`,
      )
    : [];
}

function epochFaults(from: SweepSpec, to: SweepSpec, begun: readonly number[]): ExtensionFault[] {
  if (from.recipe.epochs === to.recipe.epochs) return [];
  const [before, after] = [maxEpochsOf(from), maxEpochsOf(to)];
  const fault = (message: string) => [{ path: ['epochs'], message }];
  if (after < before)
    return fault(
      `given ${String(after)}, and trials have ${String(before)}; allowed: ${String(before)} or more`,
    );
  const { algorithm } = from.scheduler;
  if (algorithm !== 'run-all')
    return fault(`${algorithm} has laid out its rungs for the epochs there are; clone the sweep instead`);
  return begun.length === 0
    ? []
    : fault(
        `${trialsInWords(begun)} begun with the number of epochs there is, which their learning rate and their checkpoints ` +
          'go by; clone the sweep instead',
      );
}

/** "trials 1, 2, 3 and 9 more have" */
function trialsInWords(numbers: readonly number[]): string {
  const named = numbers.slice(0, 10).map(String).join(', ');
  const more = numbers.length > 10 ? ` and ${String(numbers.length - 10)} more` : '';
  return `${numbers.length === 1 ? 'trial' : 'trials'} ${named}${more} ${numbers.length === 1 ? 'has' : 'have'}`;
}

function spaceFaults(from: SweepSpec, to: SweepSpec): ExtensionFault[] {
  const { algorithm } = from.search;
  const why = fixedOrders[algorithm];
  if (why !== undefined)
    return [{ path: ['space'], message: `${algorithm} ${why}; clone the sweep instead` }];
  return parameterNames.flatMap((name) => {
    const message = domainFault(name, from.space[name], to.space[name]);
    return message === undefined ? [] : [{ path: ['space', name], message }];
  });
}

/** Searches that a wider space would lead elsewhere, and why. */
const fixedOrders: Partial<Record<SweepSpec['search']['algorithm'], string>> = {
  grid: 'goes through the space in an order that is fixed by its values',
  sobol: 'has laid its sequence over the space as it is, and points would come twice or never',
  'cma-es': 'has a distribution that is measured by the ranges as they are',
};

function domainFault(
  name: ParameterName,
  from: Domain | undefined,
  to: Domain | undefined,
): string | undefined {
  if (JSON.stringify(from) === JSON.stringify(to)) return undefined;
  if (from === undefined) return `${name} was not searched, and the trials there are have no value of it`;
  if (to === undefined) return `${name} is searched, and trials have values of it; it cannot be taken out`;
  const [before, after] = [dimensionOf(name, from), dimensionOf(name, to)];
  if (JSON.stringify(before.when) !== JSON.stringify(after.when))
    return `the condition of ${name} cannot change: trials have a value of it, or none, because of it`;
  if (before.size <= LISTED) {
    const all = Array.from({ length: before.size }, (_, index) => before.at(index));
    const gone = all.filter((value) => !after.contains(value));
    return gone.length === 0
      ? undefined
      : `values can be added and not removed: ${gone
          .slice(0, 10)
          .map((value) => JSON.stringify(value))
          .join(', ')} ` + `${gone.length > 10 ? `and ${String(gone.length - 10)} more ` : ''}would be gone`;
  }
  const [old, wide] = [before.range, after.range];
  if (old === undefined || wide === undefined || after.size < before.size)
    return `a range can only become a wider range: ${JSON.stringify(from)} was given`;
  return wide.low <= old.low && wide.high >= old.high
    ? undefined
    : `a range can only become wider: it goes from ${String(old.low)} to ${String(old.high)}`;
}

function budgetFaults({ budget: from }: SweepSpec, { budget: to }: SweepSpec): ExtensionFault[] {
  const names = ['maxTrials', 'maxWallClockSeconds', 'maxDeviceHours'] as const;
  return names.flatMap((name) => {
    const [before, after] = [from[name], to[name]];
    if (after === undefined || after === before) return [];
    const path = ['budget', name];
    if (before === undefined)
      return [{ path, message: `given ${String(after)}, and there is no such limit to raise` }];
    return after > before
      ? []
      : [
          {
            path,
            message: `given ${String(after)}, allowed: more than ${String(before)}, or null for no limit`,
          },
        ];
  });
}
