import { randomUUID } from 'node:crypto';
import type { FinalMetrics, SweepSpec, TrainingConfig } from '@fathom/contracts';
import type { Store } from '@fathom/store';
import { Client } from 'pg';

export interface PastTrial {
  readonly number: number;
  readonly state: 'completed' | 'stopped' | 'failed';
  readonly config: TrainingConfig;
  readonly objectives: readonly (number | null)[];
  /** null: as of a trial that was stopped, or failed. */
  readonly metrics: FinalMetrics | null;
  readonly endedAt: Date;
}

/** Puts a sweep into the database as it is after its trials have ended. @returns its id */
export async function insertPastSweep(
  { store, databaseUrl }: { readonly store: Store; readonly databaseUrl: string },
  spec: SweepSpec,
  createdAt: Date,
  trials: readonly PastTrial[],
): Promise<string> {
  const sweepId = randomUUID();
  await store.sweeps.insert({ id: sweepId, spec, plannedTrials: trials.length, createdAt });
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    // One statement: as many as there are trials would take longer than the rest of the test.
    await client.query(
      `insert into trials (id, sweep_id, number, state, config, depth, variant, epochs, epochs_done, objective,
         objectives, metrics, created_at, started_at, ended_at)
       select r.id, $1, r.number, r.state, r.config, (r.config ->> 'depth')::int, r.config ->> 'variant',
         (r.config ->> 'epochs')::int, (r.config ->> 'epochs')::int, (r.objectives ->> 0)::float8, r.objectives,
         r.metrics, $3, $3, r."endedAt"
       from jsonb_to_recordset($2::jsonb) as r(id uuid, number int, state text, config jsonb, objectives jsonb,
         metrics jsonb, "endedAt" timestamptz)`,
      [sweepId, JSON.stringify(trials.map((trial) => ({ id: randomUUID(), ...trial }))), createdAt],
    );
    await client.query(`update sweeps set state = 'completed', ended_at = now() where id = $1`, [sweepId]);
  } finally {
    await client.end();
  }
  return sweepId;
}
