import type { ControlChannel, TrialProducer } from '@fathom/queue';
import type { RelayTarget } from './outbox-relay';

const AT_ONCE = 50;

/** The queue as the outbox relay sees it. */
export function queueRelayTarget(
  producer: Pick<TrialProducer, 'enqueueTrials' | 'removeTrial'>,
  control: Pick<ControlChannel, 'publishControl'>,
): RelayTarget {
  return {
    enqueue: (jobs) => producer.enqueueTrials(jobs),
    cancelSweep: async (sweepId, trialIds) => {
      await control.publishControl({ type: 'cancelSweep', sweepId });
      // A job that a worker has stays: the message above, or the mark it left, stops it.
      for (let from = 0; from < trialIds.length; from += AT_ONCE)
        await Promise.all(trialIds.slice(from, from + AT_ONCE).map((id) => producer.removeTrial(id)));
    },
  };
}
