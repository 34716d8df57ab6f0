import {
  budgetSchema,
  isTrialEnded,
  objectiveSchema,
  sweepStateSchema,
  trainingConfigSchema,
  trialStateSchema,
  type Budget,
  type Decision,
  type Objective,
  type SweepState,
} from '@fathom/contracts';
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Database } from '../database';
import { groupBy } from '../group-by';
import { sweepProgress } from '../progress';
import { DECISION } from './search-repository';

/** Trials of a sweep that agree in state, depth, variant and the epoch that they train to. */
export interface TrialGroup {
  readonly state: z.infer<typeof trialStateSchema>;
  readonly depth: number;
  readonly variant: 'residual' | 'plain';
  /** null: their end. */
  readonly untilEpoch: number | null;
  readonly trials: number;
  /** Of all of them together, planned and done. */
  readonly epochs: number;
  readonly epochsDone: number;
  /** How many have a value of the first objective, and what it is; nulls where none has. */
  readonly measured: number;
  readonly sum: number | null;
  readonly min: number | null;
  readonly max: number | null;
  /** How many have a test error. */
  readonly tested: number;
  readonly testErrorSum: number | null;
  readonly testErrorMin: number | null;
}

/** A sweep as metrics show it. */
export interface MonitoredSweep {
  readonly id: string;
  readonly name: string;
  readonly state: SweepState;
  readonly plannedTrials: number;
  readonly objective: Objective;
  readonly budget: Budget;
  /** From its creation to now or its end, without pauses. */
  readonly ageSeconds: number;
  /** Time of all attempts, those that run included. */
  readonly deviceSeconds: number;
  /** Share of the planned epochs that are done or no longer due, 0 to 1. */
  readonly progress: number;
  readonly groups: readonly TrialGroup[];
}

/** Decisions of a sweep that agree in what was decided. */
export interface DecisionGroup {
  readonly sweepId: string;
  readonly action: Decision['action'];
  /** Of trials that go on: until when; null: to their end. */
  readonly untilEpoch: number | null;
  readonly decisions: number;
  /** Of the newest of them. */
  readonly lastId: bigint;
}

const sweepRow = z.object({
  id: z.string(),
  name: z.string(),
  state: sweepStateSchema,
  planned: z.number(),
  objective: objectiveSchema,
  budget: budgetSchema,
  age: z.number(),
});
const groupRow = z.object({
  sweepId: z.string(),
  state: trialStateSchema,
  depth: z.number(),
  variant: trainingConfigSchema.shape.variant.unwrap(),
  untilEpoch: z.number().nullable(),
  trials: z.number(),
  epochs: z.number(),
  epochsDone: z.number(),
  measured: z.number(),
  sum: z.number().nullable(),
  min: z.number().nullable(),
  max: z.number().nullable(),
  tested: z.number(),
  testErrorSum: z.number().nullable(),
  testErrorMin: z.number().nullable(),
});
const secondsRow = z.object({ sweepId: z.string(), seconds: z.number() });
const outboxRow = z.object({ pending: z.number(), lagSeconds: z.number() });
const decisionRow = z.object({
  sweepId: z.string(),
  action: z.string().transform((action) => action as Decision['action']),
  untilEpoch: z.number().nullable(),
  decisions: z.number(),
  lastId: z.string().transform(BigInt),
});

/** Sums over the trials of those sweeps that are watched; what ended long ago is not looked at. */
export class MonitoringRepository {
  constructor(private readonly db: Database) {}

  /**
   * Sweeps that are open or ended after a time, the newest first.
   *
   * @param limit of their number
   */
  async sweeps(endedAfter: Date, limit: number, now: Date): Promise<MonitoredSweep[]> {
    const { rows } = await this.db.execute(sql`
      select id, name, state, planned_trials as planned, spec -> 'objective' as objective, spec -> 'budget' as budget,
        greatest(0, extract(epoch from coalesce(ended_at, paused_at, ${now.toISOString()}::timestamptz) - created_at)
          - paused_seconds)::float8 as age
      from sweeps
      where ended_at is null or ended_at > ${endedAfter.toISOString()}::timestamptz
      order by created_at desc, id limit ${limit}`);
    const found = z.array(sweepRow).parse(rows);
    if (found.length === 0) return [];
    const ids = JSON.stringify(found.map(({ id }) => id));
    const groups = await this.groups(ids);
    const seconds = await this.deviceSeconds(ids, now);
    return found.map(({ id, planned, age, ...rest }) => {
      const ofSweep = groups.get(id) ?? [];
      return {
        id,
        ...rest,
        plannedTrials: planned,
        ageSeconds: age,
        deviceSeconds: seconds.get(id) ?? 0,
        progress: progressOf(rest.state, planned, ofSweep),
        groups: ofSweep,
      };
    });
  }

  /** Effects on the queue that are not carried out yet, and for how long the oldest of them has waited. */
  async outbox(now: Date): Promise<{ pending: number; lagSeconds: number }> {
    const { rows } = await this.db.execute(sql`
      select count(*)::int as pending, greatest(0, coalesce(
        extract(epoch from ${now.toISOString()}::timestamptz - min(created_at)), 0))::float8 as "lagSeconds"
      from outbox`);
    return outboxRow.parse(rows[0]);
  }

  /** What was decided of each sweep after an id; those that are not in the map are left out. */
  async decisionsSince(after: ReadonlyMap<string, bigint>): Promise<DecisionGroup[]> {
    if (after.size === 0) return [];
    const known = JSON.stringify([...after].map(([id, last]) => ({ id, last: String(last) })));
    const { rows } = await this.db.execute(sql`
      select e.sweep_id as "sweepId", e.payload ->> 'action' as action,
        (e.payload ->> 'untilEpoch')::int as "untilEpoch", count(*)::int as decisions, max(e.id)::text as "lastId"
      from jsonb_to_recordset(${known}::jsonb) as known(id uuid, last bigint)
      join events e on e.sweep_id = known.id and e.kind = ${DECISION} and e.id > known.last
      group by 1, 2, 3`);
    return z.array(decisionRow).parse(rows);
  }

  private async groups(ids: string): Promise<Map<string, TrialGroup[]>> {
    const { rows } = await this.db.execute(sql`
      select sweep_id as "sweepId", state, depth, variant, until_epoch as "untilEpoch",
        count(*)::int as trials, sum(epochs)::float8 as epochs,
        sum(least(epochs_done, epochs))::float8 as "epochsDone",
        count(objective)::int as measured, sum(objective) as sum, min(objective) as min, max(objective) as max,
        count(scores ->> 'testError')::int as tested,
        sum((scores ->> 'testError')::float8) as "testErrorSum", min((scores ->> 'testError')::float8) as "testErrorMin"
      from trials
      where sweep_id in (select value::uuid from jsonb_array_elements_text(${ids}::jsonb))
      group by 1, 2, 3, 4, 5`);
    return groupBy(z.array(groupRow).parse(rows), ({ sweepId }) => sweepId);
  }

  private async deviceSeconds(ids: string, now: Date): Promise<Map<string, number>> {
    const { rows } = await this.db.execute(sql`
      select t.sweep_id as "sweepId", sum(greatest(0,
        extract(epoch from coalesce(a.ended_at, ${now.toISOString()}::timestamptz) - a.started_at)))::float8 as seconds
      from trials t join attempts a on a.trial_id = t.id
      where t.sweep_id in (select value::uuid from jsonb_array_elements_text(${ids}::jsonb))
      group by 1`);
    return new Map(
      z
        .array(secondsRow)
        .parse(rows)
        .map(({ sweepId, seconds }) => [sweepId, seconds]),
    );
  }
}

function progressOf(state: SweepState, plannedTrials: number, groups: readonly TrialGroup[]): number {
  const total = (of: (group: TrialGroup) => number) => groups.reduce((sum, group) => sum + of(group), 0);
  return sweepProgress(state, {
    plannedTrials,
    createdTrials: total(({ trials }) => trials),
    createdEpochs: total(({ epochs }) => epochs),
    settledEpochs: total((group) => (isTrialEnded(group.state) ? group.epochs : group.epochsDone)),
  });
}
