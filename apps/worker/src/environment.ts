import { availableParallelism, hostname } from 'node:os';
import { resolve } from 'node:path';
import { isRemote, parseS3Location, s3EnvironmentSchema, under, type Retention } from '@fathom/artifacts';
import { defaultCacheDir } from '@fathom/data';
import { redisUrlMeaning, redisUrlSchema, redisVariables } from '@fathom/queue';
import { DEFAULT_POOL, poolSchema } from '@fathom/contracts';
import { logLevelSchema, secret, tracingVariables } from '@fathom/runtime';
import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65_535);
const positive = z.coerce.number().int().min(1);
const location = z
  .string()
  .min(1)
  .superRefine((given, context) => {
    if (!isRemote(given)) return;
    try {
      parseS3Location(given);
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
    }
  });

/** Every environment variable of the worker. */
export const environmentSchema = z.object({
  REDIS_URL: redisUrlSchema.default('redis://127.0.0.1:6379').describe(redisUrlMeaning),
  ...redisVariables,
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
  FATHOM_POOL: poolSchema
    .default(DEFAULT_POOL)
    .describe('Pool that this worker is in: it trains the trials of sweeps that name it.'),
  FATHOM_GPUS: z.coerce
    .number()
    .int()
    .min(0)
    .optional()
    .describe(
      'GPUs that it trains on: the first of those that CUDA_VISIBLE_DEVICES names, else that the driver lists, which in some containers are more than it was given. Said, and not 0, the worker does not start where TensorFlow does not compute on them. Default: all of them; the CPU where TensorFlow computes there.',
    ),
  FATHOM_NVML_LIBRARY: z
    .string()
    .min(1)
    .default('libnvidia-ml.so.1')
    .describe('NVML, for the metrics of devices: name or path of its shared library. It may be missing.'),
  FATHOM_SLOTS: positive
    .optional()
    .describe(
      'Trials trained at once. Default: one for each GPU, else one. With more than there are devices, trials share a device as far as its memory goes.',
    ),
  FATHOM_DEVICE_MEMORY_GB: z.coerce
    .number()
    .positive()
    .optional()
    .describe(
      'Memory of each device that trials may take, in 10^9 bytes. Default, without GPUs: what is free when the worker starts; with GPUs: what the driver says they have.',
    ),
  FATHOM_THREADS: positive.optional().describe('CPU threads of a slot. Default: cores divided by slots.'),
  FATHOM_METRICS: z
    .enum(['on', 'off'])
    .default('on')
    .describe('Whether /metrics is served; /health and /ready always are.'),
  FATHOM_METRICS_HOST: z.string().min(1).default('127.0.0.1').describe('Address that serves /metrics.'),
  FATHOM_METRICS_PORT: port
    .default(9464)
    .describe('Port that serves /metrics, /health and /ready; 0: any free one.'),
  FATHOM_CACHE_DIR: z
    .string()
    .min(1)
    .default(() => defaultCacheDir())
    .describe('Decoded data sets.'),
  FATHOM_CIFAR10_URL: z
    .url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' })
    .optional()
    .describe('Mirror of cifar-10-binary.tar.gz; its checksum is checked. Default: the official address.'),
  FATHOM_ARTIFACTS: location
    .optional()
    .describe(
      'Checkpoints, models and decoded data sets of all machines: a folder that they share, or `s3://bucket/prefix` of an object store. Default: the cache folder, without sharing data sets.',
    ),
  ...s3EnvironmentSchema.shape,
  AWS_ACCESS_KEY_ID: z
    .string()
    .optional()
    .describe(
      "Of the object store. Default: what AWS's other variables, its files or the machine's role say.",
    ),
  AWS_SECRET_ACCESS_KEY: z
    .string()
    .optional()
    .meta({ ...secret, description: 'Of the same.' }),
  AWS_SESSION_TOKEN: z
    .string()
    .optional()
    .meta({ ...secret, description: 'Of the same, where its credentials are temporary.' }),
  FATHOM_CHECKPOINT_DIR: location
    .optional()
    .describe('Checkpoints of running trials, where they shall lie elsewhere.'),
  FATHOM_MODEL_DIR: location
    .optional()
    .describe('Models of completed trials, as `<sweep id>/<trial id>`, where they shall lie elsewhere.'),
  FATHOM_KEEP_LAST: positive.default(2).describe('Newest checkpoints of a running trial that stay.'),
  FATHOM_KEEP_BEST: z.coerce
    .number()
    .int()
    .min(0)
    .default(0)
    .describe(
      'Checkpoints of each trial that stay for its best epochs, by validation error, also when it has ended.',
    ),
  FATHOM_KEEP_RUNGS: z
    .enum(['true', 'false'])
    .default('false')
    .describe('Whether the checkpoint at each pause by the search stays, also when the trial has ended.'),
  FATHOM_KEEP_MODELS: positive
    .optional()
    .describe('Models of each sweep that stay, the best by validation error. Default: all.'),
  FATHOM_ARTIFACTS_PATIENCE_SECONDS: z.coerce
    .number()
    .min(0)
    .default(300)
    .describe(
      'How long checkpoints and models wait for an object store that is away, before the attempt fails.',
    ),
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
  ...tracingVariables,
  FATHOM_LOG_LEVEL: logLevelSchema.default('info').describe('Least severe level that is logged.'),
});

export type Environment = z.infer<typeof environmentSchema>;

const artifactsOf = (env: Environment): string => env.FATHOM_ARTIFACTS ?? env.FATHOM_CACHE_DIR;

export const checkpointDirOf = (env: Environment): string =>
  env.FATHOM_CHECKPOINT_DIR ?? under(artifactsOf(env), 'checkpoints');

export const modelDirOf = (env: Environment): string =>
  env.FATHOM_MODEL_DIR ?? under(artifactsOf(env), 'models');

/** Where machines share decoded data sets; undefined where they do not, or the cache folder is shared itself. */
export function sharedDatasetsOf({
  FATHOM_ARTIFACTS: given,
  FATHOM_CACHE_DIR,
}: Environment): string | undefined {
  if (given === undefined || (!isRemote(given) && resolve(given) === resolve(FATHOM_CACHE_DIR)))
    return undefined;
  return under(given, 'datasets');
}

export const retentionOf = (env: Environment): Retention => ({
  last: env.FATHOM_KEEP_LAST,
  best: env.FATHOM_KEEP_BEST,
  rungs: env.FATHOM_KEEP_RUNGS === 'true',
});

/** CPU threads of one slot. */
export const threadsPerSlot = (env: Environment, slots: number): number =>
  env.FATHOM_THREADS ?? Math.max(1, Math.floor(availableParallelism() / slots));
