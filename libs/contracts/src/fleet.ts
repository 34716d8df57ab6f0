import { z } from 'zod';
import { poolSchema } from './pool';

/** What a worker says of itself every few seconds. */
export const workerFactsSchema = z
  .strictObject({
    worker: z.string().min(1).describe('Its name, the only one of that name.'),
    node: z.string().min(1).describe('The machine it is on.'),
    pool: poolSchema,
    slots: z
      .int()
      .min(0)
      .describe('Trials it trains at once; 0 while it takes none, because its last ones all failed.'),
    devices: z
      .int()
      .min(1)
      .describe('GPUs, or 1 for the processor; with more slots than devices its trials share them.'),
    memoryBytes: z
      .int()
      .min(0)
      .nullable()
      .describe('Memory of each of its devices that its trials may take; null: unknown.'),
  })
  .meta({ id: 'Worker' });
export type WorkerFacts = z.infer<typeof workerFactsSchema>;

/** The same, and when it was said: milliseconds since 1970 by the clock of Redis. */
export const announcementSchema = z.strictObject({ at: z.number(), facts: workerFactsSchema });

export const poolViewSchema = z
  .strictObject({
    pool: poolSchema,
    workers: z.int().min(0),
    slots: z.int().min(0).describe('Trials that its workers can train at once.'),
    memoryBytes: z
      .int()
      .min(0)
      .nullable()
      .describe('The most that a device of it has; null: unknown, or it has no worker.'),
    running: z.int().min(0).describe('Trials that are being trained.'),
    waiting: z
      .int()
      .min(0)
      .describe('Trials that wait for a place: of sweeps that prefer this pool, or that have been in it.'),
  })
  .meta({ id: 'PoolView' });
export type PoolView = z.infer<typeof poolViewSchema>;

/** How many places an owner's trials have now. */
export const ownerShareSchema = z
  .strictObject({
    owner: z.string(),
    sweeps: z.int().min(0).describe('Sweeps that run.'),
    running: z.int().min(0),
    waiting: z.int().min(0),
  })
  .meta({ id: 'OwnerShare' });
export type OwnerShare = z.infer<typeof ownerShareSchema>;

export const fleetSchema = z
  .strictObject({
    pools: z.array(poolViewSchema),
    owners: z.array(ownerShareSchema),
    workers: z.array(workerFactsSchema).describe('Those heard of in the last 15 seconds.'),
  })
  .meta({ id: 'Fleet' });
export type Fleet = z.infer<typeof fleetSchema>;
