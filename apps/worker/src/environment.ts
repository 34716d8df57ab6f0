import { availableParallelism, hostname } from 'node:os';
import { join } from 'node:path';
import { defaultCacheDir } from '@fathom/data';
import { logLevelSchema } from '@fathom/runtime';
import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65_535);
const positive = z.coerce.number().int().min(1);

/** Every environment variable of the worker. */
export const environmentSchema = z.object({
  REDIS_URL: z
    .url({ protocol: /^rediss?$/ })
    .default('redis://127.0.0.1:6379')
    .describe('Redis, such as redis://host:6379.'),
  FATHOM_WORKER_ID: z
    .string()
    .min(1)
    .default(() => `${hostname()}-${String(process.pid)}`)
    .describe('Name of this worker in reports and metrics.'),
  FATHOM_NODE: z
    .string()
    .min(1)
    .default(() => hostname())
    .describe('Name of this machine, the same for all its workers; log policies exclude machines by it.'),
  FATHOM_SLOTS: positive.optional().describe('Trials trained at once. Default: one for each GPU, else one.'),
  FATHOM_THREADS: positive.optional().describe('CPU threads of a slot. Default: cores divided by slots.'),
  FATHOM_METRICS_HOST: z.string().min(1).default('127.0.0.1').describe('Address that serves /metrics.'),
  FATHOM_METRICS_PORT: port
    .default(9464)
    .describe('Port that serves /metrics, /health and /ready; 0: any free one.'),
  FATHOM_CACHE_DIR: z
    .string()
    .min(1)
    .default(() => defaultCacheDir())
    .describe('Decoded data sets.'),
  FATHOM_CHECKPOINT_DIR: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Checkpoints of running trials; shared by several machines, they can take over from each other.',
    ),
  FATHOM_MODEL_DIR: z
    .string()
    .min(1)
    .optional()
    .describe('Models of completed trials, as `<sweep id>/<trial id>`.'),
  FATHOM_DRAIN: z
    .enum(['checkpoint', 'finish'])
    .default('checkpoint')
    .describe('What SIGTERM does to running trials: checkpoint and give back, or finish.'),
  FATHOM_DRAIN_SECONDS: z.coerce
    .number()
    .positive()
    .default(120)
    .describe('After this long a drain kills what still runs.'),
  FATHOM_LOCK_MS: z.coerce
    .number()
    .int()
    .min(1000)
    .default(5_000)
    .describe('The lease: a worker silent for this long has lost its trials, and others go on with them.'),
  FATHOM_STUCK_SECONDS: z.coerce
    .number()
    .positive()
    .default(30)
    .describe(
      'A training process that makes no step for this long, or for 20 of its longest recent steps, is stuck. Evaluations have 20 times as long, the start 60 times.',
    ),
  FATHOM_FLAPPING_PAUSE_SECONDS: z.coerce
    .number()
    .positive()
    .default(60)
    .describe(
      'A worker on which five attempts in a row failed, of two trials at least and by what looks like its own fault, takes none for this long; twice as long each further time, up to 15 times.',
    ),
  FATHOM_CHECKPOINT_EVERY_STEPS: z.coerce
    .number()
    .int()
    .min(0)
    .default(0)
    .describe('Checkpoints within an epoch, beside the one at its end; 0: none.'),
  FATHOM_LOG_LEVEL: logLevelSchema.default('info').describe('Least severe level that is logged.'),
});

export type Environment = z.infer<typeof environmentSchema>;

export const checkpointDirOf = (env: Environment): string =>
  env.FATHOM_CHECKPOINT_DIR ?? join(env.FATHOM_CACHE_DIR, 'checkpoints');

export const modelDirOf = (env: Environment): string =>
  env.FATHOM_MODEL_DIR ?? join(env.FATHOM_CACHE_DIR, 'models');

/** CPU threads of one slot. */
export const threadsPerSlot = (env: Environment, slots: number): number =>
  env.FATHOM_THREADS ?? Math.max(1, Math.floor(availableParallelism() / slots));
