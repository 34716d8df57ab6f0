import type { TrainingConfig, TrialState } from '@fathom/contracts';
import { sql } from 'drizzle-orm';
import type { Database } from '../database';
import type { NewTrial } from '../records';

/** One statement with one parameter: ten thousand rows of placeholders would keep the event loop for seconds. */
export async function insertTrials(db: Database, records: readonly NewTrial[]): Promise<void> {
  if (records.length === 0) return;
  const state: TrialState = 'queued';
  const { shared, own } = partsOf(records.map(({ config }) => config));
  const rows = records.map((record) => ({ ...record, config: own(record.config) }));
  await db.execute(sql`
    with given as (
      select r.*, ${JSON.stringify(shared)}::jsonb || r.own as config
      from (select id, "sweepId", number, config as own, "untilEpoch", origin, pool, "createdAt"
        from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
          as r(id uuid, "sweepId" uuid, number int, config jsonb, "untilEpoch" int, origin jsonb,
            pool text, "createdAt" timestamptz)) r
    )
    insert into trials (id, sweep_id, number, state, config, depth, variant, epochs, epochs_done, until_epoch,
      from_trial, from_epoch, pool, created_at)
    select r.id, r."sweepId", r.number, ${state}, r.config,
      (r.config ->> 'depth')::int, r.config ->> 'variant', (r.config ->> 'epochs')::int,
      coalesce((r.origin ->> 'epoch')::int, 0), r."untilEpoch",
      (r.origin ->> 'trial')::int, (r.origin ->> 'epoch')::int, r.pool, r."createdAt"
    from given r`);
}

/** The parameters that all have the same value of, most of them, are sent once instead of with each. */
function partsOf(configs: readonly TrainingConfig[]) {
  const [first] = configs;
  const names = Object.keys(first ?? {}) as (keyof TrainingConfig)[];
  const isShared = (name: keyof TrainingConfig) => configs.every((config) => config[name] === first?.[name]);
  const [shared, others] = [names.filter(isShared), names.filter((name) => !isShared(name))];
  // A parameter that the first has not may be another's.
  const absent = [...new Set(configs.flatMap((config) => Object.keys(config)))].filter(
    (name) => first === undefined || !(name in first),
  ) as (keyof TrainingConfig)[];
  const pick = (from: readonly (keyof TrainingConfig)[], config: TrainingConfig | undefined) =>
    Object.fromEntries(from.flatMap((name) => (config && name in config ? [[name, config[name]]] : [])));
  const varying = [...others, ...absent];
  return { shared: pick(shared, first), own: (config: TrainingConfig) => pick(varying, config) };
}
