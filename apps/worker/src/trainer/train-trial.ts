import type { TrainerCommand, TrainerMessage } from '@fathom/contracts';
import {
  CheckpointStore,
  CheckpointWriter,
  readGivenModels,
  startingPoint,
  writeModel,
} from '@fathom/artifacts';
import { openDataset } from '@fathom/data';
import { openEngine } from '@fathom/engine';
import { train } from '@fathom/resnet';
import { availableMemory } from '@fathom/runtime';

interface TrainTrialContext {
  readonly signal: AbortSignal;
  readonly say: (message: TrainerMessage) => Promise<void>;
}

type Ending = Extract<TrainerMessage, { type: 'completed' | 'stopped' }>;

/** Trains one trial from its newest checkpoint, or from the start; returns how it ended. */
export async function trainTrial(
  {
    job,
    cacheDir,
    checkpointDir,
    modelDir,
    checkpointEverySteps,
  }: Extract<TrainerCommand, { type: 'start' }>,
  { signal, say }: TrainTrialContext,
): Promise<Ending> {
  const onProgress = (what: string) => void say({ type: 'progress', what });
  const data = await openDataset(job.dataset, { cacheDir, onProgress, signal }).catch((error: unknown) => {
    if (signal.aborted) return undefined;
    throw error;
  });
  if (data === undefined || signal.aborted) return { type: 'stopped', step: 0, checkpointed: false };
  const engine = openEngine();
  const stored = new CheckpointStore(checkpointDir, {
    onRefused: (name, reason) => onProgress(`checkpoint ${name} is not used: ${reason}`),
  });
  const resumeFrom = await stored.recover();
  const models = await readGivenModels(job.config, { resumed: resumeFrom !== undefined });
  const checkpoints = new CheckpointWriter(checkpointDir);
  let step = resumeFrom?.step ?? 0;
  await say({
    type: 'started',
    device: engine.device,
    tensorflow: engine.tensorflowVersion,
    resumedFromStep: step,
  });

  const events = train({
    config: job.config,
    data,
    openSession: (savedModel) => engine.load(savedModel),
    signal,
    now: () => performance.now(),
    checkpointEverySteps,
    ...models,
    ...(resumeFrom === undefined ? {} : { resumeFrom }),
  });
  try {
    for await (const event of events) {
      checkpoints.throwIfFailed();
      switch (event.type) {
        case 'planned': {
          // What a GPU has left is known to its driver alone.
          const availableBytes = engine.device === 'cpu' ? availableMemory() : null;
          await say({ type: 'memory', memory: { predictedBytes: event.memory.total, availableBytes } });
          break;
        }
        case 'initialised':
          onProgress(startingPoint(job.config, data.classes, event.newHead));
          break;
        case 'step':
          step = event.metrics.step;
          await say({ type: 'step', metrics: event.metrics });
          break;
        case 'epoch':
          step = event.metrics.step;
          await say({ type: 'epoch', metrics: event.metrics });
          break;
        case 'checkpoint':
          step = Math.max(step, event.checkpoint.step);
          checkpoints.write(event.checkpoint);
          break;
        case 'completed':
          await writeModel(modelDir, event.model);
          await checkpoints.flush();
          return { type: 'completed', metrics: event.metrics };
      }
    }
    await checkpoints.flush();
    const savedStep = checkpoints.writtenStep ?? resumeFrom?.step;
    return { type: 'stopped', step, checkpointed: savedStep !== undefined };
  } finally {
    await checkpoints.close();
  }
}
