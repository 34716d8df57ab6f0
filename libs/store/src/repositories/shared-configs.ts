import { z } from 'zod';
import type { Database } from '../database';
import { sweeps } from '../schema';
import { oneOf } from './one-of';

const sharedConfig = z.record(z.string(), z.unknown());
/** What trials of a sweep have in common of their configuration, by parameter. */
export type SharedConfig = Readonly<z.infer<typeof sharedConfig>>;

/** That of each sweep, by its id. */
export async function sharedConfigs(db: Database, ids: Iterable<string>): Promise<Map<string, SharedConfig>> {
  const rows = await db
    .select({ id: sweeps.id, config: sweeps.config })
    .from(sweeps)
    .where(oneOf(sweeps.id, ids));
  return new Map(rows.map(({ id, config }) => [id, sharedConfig.parse(config)]));
}
