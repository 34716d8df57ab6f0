import type { ControlChannel, TrialProducer } from '@fathom/queue';
import type { RelayTarget } from './outbox-relay';

/** The queue as the outbox relay sees it. */
export function queueRelayTarget(
  producer: Pick<TrialProducer, 'enqueueTrials' | 'removeTrials'>,
  control: Pick<ControlChannel, 'publishControl'>,
): RelayTarget {
  return {
    enqueue: (jobs) => producer.enqueueTrials(jobs),
    cancelSweep: async (sweepId, trialIds) => {
      await control.publishControl({ type: 'cancelSweep', sweepId });
      // A job that a worker has stays: the message above, or the mark it left, stops it.
      await producer.removeTrials(trialIds);
    },
  };
}
