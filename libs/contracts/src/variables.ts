/** What every environment variable of Fathom begins with, apart from those that have a name everywhere (PORT, REDIS_URL, …). */
export const VARIABLE_PREFIX = 'FATHOM_';

/**
 * All names with that prefix which some program reads: programs share environments, so that each has to know those of the
 * others to tell a name that nobody reads.
 */
export const variableNames = [
  // coordinator
  'FATHOM_DATABASE_CA',
  'FATHOM_DATABASE_CERT',
  'FATHOM_DATABASE_CONNECTIONS',
  'FATHOM_DATABASE_CONNECT_SECONDS',
  'FATHOM_DATABASE_KEY',
  'FATHOM_DATABASE_STATEMENT_SECONDS',
  'FATHOM_HOST',
  'FATHOM_ADMIN_HOST',
  'FATHOM_BOARD',
  'FATHOM_BOARD_PORT',
  'FATHOM_DOCS',
  'FATHOM_DOCS_PORT',
  'FATHOM_TRIAL_LOG_DAYS',
  // coordinator and worker
  'FATHOM_REDIS_CA',
  'FATHOM_REDIS_CERT',
  'FATHOM_REDIS_KEY',
  'FATHOM_REDIS_SENTINEL_PASSWORD',
  'FATHOM_REDIS_SENTINEL_USERNAME',
  'FATHOM_LOG_LEVEL',
  'FATHOM_METRICS',
  'FATHOM_METRICS_PORT',
  // worker
  'FATHOM_ARTIFACTS',
  'FATHOM_ARTIFACTS_PATIENCE_SECONDS',
  'FATHOM_CACHE_DIR',
  'FATHOM_CHECKPOINT_DIR',
  'FATHOM_CHECKPOINT_EVERY_STEPS',
  'FATHOM_CIFAR10_URL',
  'FATHOM_DEVICE_MEMORY_GB',
  'FATHOM_DRAIN',
  'FATHOM_DRAIN_SECONDS',
  'FATHOM_FLAPPING_PAUSE_SECONDS',
  'FATHOM_GPUS',
  'FATHOM_KEEP_BEST',
  'FATHOM_KEEP_LAST',
  'FATHOM_KEEP_MODELS',
  'FATHOM_KEEP_RUNGS',
  'FATHOM_LOCK_MS',
  'FATHOM_METRICS_HOST',
  'FATHOM_MODEL_DIR',
  'FATHOM_NODE',
  'FATHOM_NVML_LIBRARY',
  'FATHOM_POOL',
  'FATHOM_S3_ENDPOINT',
  'FATHOM_S3_FORCE_PATH_STYLE',
  'FATHOM_SLOTS',
  'FATHOM_STUCK_SECONDS',
  'FATHOM_THREADS',
  'FATHOM_WORKER_ID',
  // command line
  'FATHOM_URL',
  // compose.yaml, from a shell where they are exported
  'FATHOM_BIND',
  'FATHOM_DATA',
  'FATHOM_VERSION',
  // set-up, tests and measurements
  'FATHOM_BENCH_PYTHON',
  'FATHOM_CHAOS',
  'FATHOM_CHAOS_JSON',
  'FATHOM_CHAOS_SEED',
  'FATHOM_DEVICE',
  'FATHOM_TENSORFLOW_DIR',
  'FATHOM_TEST_CLOCK_JUMP_MS',
  'FATHOM_TEST_STACK',
] as const;

export const ownVariables = { prefix: VARIABLE_PREFIX, known: variableNames };
