import { z } from 'zod';

/** The pool of sweeps and workers that name none. */
export const DEFAULT_POOL = 'default';

/** Workers of one kind that can stand in for each other: the same devices, memory and price. */
export const poolSchema = z
  .string()
  .max(40)
  .regex(
    /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/,
    'lower-case letters, digits and dashes, beginning and ending with a letter or digit',
  )
  .meta({ id: 'Pool' });

/** In order of preference. */
export const poolsSchema = z
  .array(poolSchema)
  .min(1)
  .max(20)
  .refine((pools) => new Set(pools).size === pools.length, 'each pool can stand once')
  .default([DEFAULT_POOL])
  .describe(
    'Pools of workers that may train its trials, in order of preference: each trial goes to the first that has room and memory enough for it, and stays there.',
  );
