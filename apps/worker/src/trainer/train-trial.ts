import {
  withMicroBatch,
  type ParameterName,
  type TrainerCommand,
  type TrainerMessage,
  type TrainJob,
} from '@fathom/contracts';
import {
  CheckpointStorageError,
  CheckpointStore,
  CheckpointWriter,
  keepBestModels,
  openArtifacts,
  patiently,
  readGivenModels,
  splitLocation,
  startingPoint,
  removeUnfinishedModel,
  writeModel,
  type CheckpointMark,
  type StoredCheckpoint,
} from '@fathom/artifacts';
import { openDataset } from '@fathom/data';
import { EngineError, openEngine, precisionWarning } from '@fathom/engine';
import { lastEpochOf, train, type TrainingData } from '@fathom/resnet';
import { availableMemory } from '@fathom/runtime';
import { peakOf } from './peak';
import { WorkMeter } from './work-meter';

interface TrainTrialContext {
  readonly signal: AbortSignal;
  readonly say: (message: TrainerMessage) => Promise<void>;
}

/** An attempt before may have had another micro-batch: its checkpoints are as good for this one. */
const SIZE_OF_PARTS: ReadonlySet<ParameterName> = new Set<ParameterName>(['accumulationSteps']);
const SIGN_OF_LIFE_MS = 1_000;
const PATIENCE_MS = 300_000;

type Ending = Extract<TrainerMessage, { type: 'completed' | 'paused' | 'stopped' }>;

/**
 * Trains one trial from its newest checkpoint, from the pause of another, or from the start; returns how it ended.
 */
export async function trainTrial(
  {
    job,
    fence = 0,
    cacheDir,
    sharedDatasets,
    checkpointDir,
    retention,
    pausesDir,
    startFromDir,
    modelDir,
    bestModels,
    patienceMs = PATIENCE_MS,
    checkpointEverySteps,
    measurePeak = false,
    repeatLastEpoch = false,
    onGpu = false,
  }: Extract<TrainerCommand, { type: 'start' }>,
  { signal, say }: TrainTrialContext,
): Promise<Ending> {
  const onProgress = (what: string) => void say({ type: 'progress', what });
  /** Waits for an object store that is away. */
  const stubbornly = <T>(work: () => Promise<T>): Promise<T> =>
    patiently(work, {
      forMs: patienceMs,
      onWait: (reason) => {
        onProgress(`waits: ${reason}`);
        void say({ type: 'working', at: 'saving' });
      },
    });
  const shared = sharedDatasets === undefined ? {} : { shared: openArtifacts(sharedDatasets) };
  const data = await openDataset(job.dataset, { cacheDir, ...shared, onProgress, signal }).catch(
    (error: unknown) => {
      if (signal.aborted) return undefined;
      throw error;
    },
  );
  if (data === undefined || signal.aborted) return { type: 'stopped', step: 0, checkpointed: false };
  const engine = openEngine();
  if (onGpu && engine.device === 'cpu')
    throw new EngineError(
      'missing-device',
      `TensorFlow ${engine.tensorflowVersion} does not compute on the GPU that the worker has: its driver may have failed`,
    );
  const config = withMicroBatch(job.config, job.microBatch);
  const stored = new CheckpointStore(checkpointDir, {
    fence,
    ...(retention === undefined ? {} : { retention }),
    onRefused: (name, reason) => onProgress(`checkpoint ${name} is not used: ${reason}`),
  });
  const resumeFrom = await stubbornly(() => stored.recover());
  // An attempt before may have been killed while it wrote the model.
  await removeUnfinishedModel(modelDir).catch((error: unknown) =>
    onProgress(`what was left of a model could not be removed: ${String(error)}`),
  );
  const cloneFrom =
    resumeFrom === undefined ? await stubbornly(() => originOf(job, startFromDir, data)) : undefined;
  const start = resumeFrom ?? cloneFrom;
  const models = await stubbornly(() => readGivenModels(config, { resumed: start !== undefined }));
  const checkpoints = new CheckpointWriter(checkpointDir, {
    fence,
    patienceMs,
    ...(retention === undefined ? {} : { retention }),
    onWaiting: (waiting, reason) => onProgress(`the checkpoint of step ${String(waiting)} waits: ${reason}`),
  });
  let step = start?.step ?? 0;
  const meter = new WorkMeter(step);
  await say({
    type: 'started',
    device: engine.device,
    tensorflow: engine.tensorflowVersion,
    resumedFromStep: step,
    ...(measurePeak
      ? peakOf(engine, config, (reason) => onProgress(`its peak could not be measured: ${reason}`))
      : {}),
  });

  const slow = precisionWarning(config.precision, engine.device);
  if (slow !== undefined) onProgress(slow);

  const events = train({
    config,
    data,
    openSession: (savedModel) => engine.load(savedModel),
    target: engine.target,
    signal,
    now: () => performance.now(),
    onTime: (phase, seconds) => {
      meter.spend(phase, seconds);
      if (job.traceparent === undefined || (phase !== 'evaluation' && phase !== 'checkpoint')) return;
      const endMs = Date.now();
      void say({ type: 'phase', phase, startMs: endMs - seconds * 1_000, endMs });
    },
    checkpointEverySteps,
    resumeMayDiffer: SIZE_OF_PARTS,
    onEvaluation: atMostEvery(SIGN_OF_LIFE_MS, () => void say({ type: 'working', at: 'evaluation' })),
    ...models,
    ...(resumeFrom === undefined ? {} : { resumeFrom }),
    ...(cloneFrom === undefined ? {} : { cloneFrom }),
    ...(job.untilEpoch === undefined ? {} : { untilEpoch: job.untilEpoch }),
  });
  try {
    for await (const event of events) {
      checkpoints.throwIfFailed();
      switch (event.type) {
        case 'planned': {
          meter.planned(event.macs);
          // What a GPU has left is known to its driver alone.
          const availableBytes = engine.device === 'cpu' ? availableMemory() : null;
          await say({ type: 'memory', memory: { predictedBytes: event.memory.total, availableBytes } });
          const lastEpoch = repeatLastEpoch && resumeFrom ? lastEpochOf(resumeFrom) : undefined;
          if (lastEpoch) await say({ type: 'epoch', metrics: lastEpoch });
          break;
        }
        case 'initialised':
          onProgress(startingPoint(config, data.classes, event.newHead));
          break;
        case 'resized':
          meter.planned(event.macs);
          onProgress(`images of ${String(event.imageSize)} px from epoch ${String(event.epoch)} on`);
          break;
        case 'step':
          step = event.metrics.step;
          await say({ type: 'step', metrics: event.metrics, work: meter.take(event.metrics.step) });
          break;
        case 'epoch':
          step = event.metrics.step;
          await say({ type: 'epoch', metrics: event.metrics, work: meter.take(event.metrics.step) });
          break;
        case 'checkpoint':
          step = Math.max(step, event.checkpoint.step);
          checkpoints.write({ ...event.checkpoint, mark: markOf(event.checkpoint, job) });
          break;
        case 'paused':
          await say({ type: 'working', at: 'saving' });
          await meter.during('checkpoint', () => checkpoints.flush());
          if (pausesDir !== undefined) await stubbornly(() => keepPause(stored, pausesDir));
          return { type: 'paused', metrics: event.metrics, work: meter.take(event.metrics.step) };
        case 'completed':
          await say({ type: 'working', at: 'saving' });
          await stubbornly(() => writeModel(modelDir, event.model));
          await meter.during('checkpoint', () => checkpoints.flush());
          if (bestModels !== undefined)
            await keepBestModels(splitLocation(modelDir).folder, bestModels).catch((error: unknown) =>
              onProgress(
                `models beyond the best ${String(bestModels)} could not be removed: ${String(error)}`,
              ),
            );
          return { type: 'completed', metrics: event.metrics, work: meter.take(event.metrics.step) };
      }
    }
    await checkpoints.flush();
    const savedStep = checkpoints.writtenStep ?? resumeFrom?.step;
    return { type: 'stopped', step, checkpointed: savedStep !== undefined };
  } finally {
    await checkpoints.close();
  }
}

/** What a checkpoint is worth to the retention: the error after its epoch, and whether the search pauses there. */
function markOf(checkpoint: StoredCheckpoint, { untilEpoch }: TrainJob): CheckpointMark {
  const epoch = lastEpochOf(checkpoint);
  if (epoch?.step !== checkpoint.step) return {};
  return { score: epoch.validationError, rung: epoch.epoch === untilEpoch };
}

/** Calls `work` with the first call of it, and again where so much time has passed since it last did. */
function atMostEvery(ms: number, work: () => void): () => void {
  let last = -Infinity;
  return () => {
    if (performance.now() - last < ms) return;
    last = performance.now();
    work();
  };
}

/**
 * The checkpoint of another trial's pause that the job is to start from.
 *
 * @throws CheckpointStorageError where it is not there: another attempt may find it, or run where it is
 */
async function originOf(
  { startFrom, config }: TrainJob,
  dir: string | undefined,
  data: TrainingData,
): Promise<StoredCheckpoint | undefined> {
  if (startFrom === undefined || dir === undefined) return undefined;
  const { trialId, epoch } = startFrom;
  const step = epoch * Math.floor(data.train.count / config.batchSize);
  const found = await new CheckpointStore(dir).at(step);
  if (found !== undefined) return found;
  const what = `the pause of trial ${trialId} after epoch ${String(epoch)}`;
  throw new CheckpointStorageError(dir, 'ENOENT', `${what} (step ${String(step)}) is not in ${dir}`);
}

/** Keeps the newest checkpoint of the trial for others to start from, besides that of the pause before. */
async function keepPause(stored: CheckpointStore, pausesDir: string): Promise<void> {
  const newest = await stored.newest();
  if (newest !== undefined) await new CheckpointStore(pausesDir).write(newest);
}
