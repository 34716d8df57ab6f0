import { openEngine } from '@fathom/engine';
import { train, type TrainingEvent, type TrainOptions } from '../training/train';

/** All that a training says, from its start to its end, on the engine of this process. */
export async function collectEvents(
  options: Pick<TrainOptions, 'config' | 'data'> & Partial<TrainOptions>,
): Promise<TrainingEvent[]> {
  const events: TrainingEvent[] = [];
  for await (const event of train({
    target: openEngine().target,
    openSession: (savedModel) => openEngine().load(savedModel),
    signal: new AbortController().signal,
    now: () => performance.now(),
    ...options,
  }))
    events.push(event);
  return events;
}
