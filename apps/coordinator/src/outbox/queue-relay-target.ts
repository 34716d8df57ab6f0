import type { ControlChannel, TrialProducer } from '@fathom/queue';
import type { RelayTarget } from './outbox-relay';

/** The queue as the outbox relay sees it. */
export function queueRelayTarget(
  producer: Pick<TrialProducer, 'removeTrials'>,
  control: Pick<ControlChannel, 'publishControl' | 'clearMarks'>,
): RelayTarget {
  return {
    cancelSweep: async (sweepId, trials) => {
      await control.publishControl({ type: 'cancelSweep', sweepId });
      // A job that a worker has stays: the message above, or the mark it left, stops it.
      await producer.removeTrials(trials);
    },
    pauseSweep: async (sweepId, trials) => {
      await control.publishControl({ type: 'pauseSweep', sweepId });
      await producer.removeTrials(trials);
    },
    resumeSweep: (sweepId) => control.clearMarks(sweepId),
    stopTrial: async (sweepId, trial, keepPauses) => {
      await control.publishControl({ type: 'stopTrial', sweepId, trialId: trial.trialId, keepPauses });
      await producer.removeTrials([trial]);
    },
    dropCheckpoints: (sweepId) => control.publishControl({ type: 'dropCheckpoints', sweepId }),
  };
}
