import { nameOf, newestFirst, type CheckpointId } from './checkpoint-name';

/** Which checkpoints of a trial stay. Those of `best` and `rungs` outlive the trial. */
export interface Retention {
  /** The newest so many; 1 or more. One is to use and one in case that is torn. */
  readonly last: number;
  /** Those after its so many best epochs. */
  readonly best: number;
  /** Those at which the search paused it. */
  readonly rungs: boolean;
}

export const defaultRetention: Retention = { last: 2, best: 0, rungs: false };

/** What makes a checkpoint worth more than being the newest for a while. */
export interface CheckpointMark {
  /** The smaller the better. Absent: it is not after an epoch. */
  readonly score?: number | undefined;
  /** The search paused the trial here. */
  readonly rung?: boolean | undefined;
}

export interface MarkedCheckpoint {
  readonly id: CheckpointId;
  readonly mark: CheckpointMark;
}

/** Those that stay for what they are, whatever comes after them. Of equally good ones the later is the better. */
export function outstanding(all: readonly MarkedCheckpoint[], { best, rungs }: Retention): CheckpointId[] {
  // An attempt may have trained steps again that one before had trained: of one step the newest attempt's counts.
  const bySteps = new Map<number, MarkedCheckpoint>();
  for (const one of all.toSorted((a, b) => newestFirst(b.id, a.id))) bySteps.set(one.id.step, one);
  const scored = [...bySteps.values()].flatMap(({ id, mark }) =>
    mark.score === undefined ? [] : [{ id, score: mark.score }],
  );
  scored.sort((a, b) => a.score - b.score || b.id.step - a.id.step);
  return [
    ...scored.slice(0, best).map(({ id }) => id),
    ...[...bySteps.values()].filter(({ mark }) => rungs && mark.rung === true).map(({ id }) => id),
  ];
}

/** Those that go, the newest first. */
export function superfluous(all: readonly MarkedCheckpoint[], retention: Retention): CheckpointId[] {
  const stay = new Set(outstanding(all, retention).map(nameOf));
  return all
    .map(({ id }) => id)
    .toSorted(newestFirst)
    .slice(Math.max(1, retention.last))
    .filter((id) => !stay.has(nameOf(id)));
}
