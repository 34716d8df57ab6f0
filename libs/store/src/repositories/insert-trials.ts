import { parameterNames, type TrainingConfig, type TrialState } from '@fathom/contracts';
import { sql } from 'drizzle-orm';
import type { Database } from '../database';
import type { NewTrial } from '../records';
import { columnOf } from './column-of';
import { sharedConfigs, type SharedConfig } from './shared-configs';

/**
 * One statement with an array for each column: ten thousand rows of placeholders would keep the event loop for seconds.
 * Of its configuration a trial keeps what its sweep does not say for all.
 */
export async function insertTrials(db: Database, records: readonly NewTrial[]): Promise<void> {
  if (records.length === 0) return;
  const state: TrialState = 'queued';
  const shared = await sharedConfigs(db, new Set(records.map(({ sweepId }) => sweepId)));
  const column = (valueOf: (record: NewTrial) => string | number | null) => columnOf(records.map(valueOf));
  await db.execute(sql`
    insert into trials (id, sweep_id, number, state, config, depth, variant, epochs, epochs_done, until_epoch,
      from_trial, from_epoch, pool, created_at)
    select r.id, r.sweep_id, r.number, ${state}, r.config::jsonb, r.depth, r.variant, r.epochs,
      coalesce(r.from_epoch, 0), r.until_epoch, r.from_trial, r.from_epoch, r.pool, r.created_at
    from unnest(
      ${column(({ id }) => id)}::uuid[], ${column(({ sweepId }) => sweepId)}::uuid[],
      ${column(({ number }) => number)}::int[],
      ${column(({ sweepId, config }) => JSON.stringify(ownOf(config, shared.get(sweepId) ?? {})))},
      ${column(({ config }) => config.depth)}::int[], ${column(({ config }) => config.variant)},
      ${column(({ config }) => config.epochs)}::int[],
      ${column(({ untilEpoch }) => untilEpoch ?? null)}::int[],
      ${column(({ origin }) => origin?.trial ?? null)}::int[],
      ${column(({ origin }) => origin?.epoch ?? null)}::int[],
      ${column(({ pool }) => pool ?? null)},
      ${column(({ createdAt }) => createdAt.toISOString())}::timestamptz[]
    ) as r(id, sweep_id, number, config, depth, variant, epochs, until_epoch, from_trial, from_epoch, pool,
      created_at)`);
}

/** Values of parameters are numbers, strings and booleans. */
function ownOf(config: TrainingConfig, shared: SharedConfig): SharedConfig {
  const own: Record<string, unknown> = {};
  for (const name of parameterNames) if (config[name] !== shared[name]) own[name] = config[name];
  return own;
}
