import { isSweepEnded, type SweepState } from '@fathom/contracts';

export interface EpochTally {
  readonly plannedTrials: number;
  readonly createdTrials: number;
  /** Epochs of all created trials. */
  readonly createdEpochs: number;
  /** Epochs done, where an ended trial counts with all of its own: none of them is due any more. */
  readonly settledEpochs: number;
}

/** Share of the planned epochs that are done or no longer due, 0 to 1. Trials yet to be created count with the mean. */
export function sweepProgress(state: SweepState, tally: EpochTally): number {
  if (isSweepEnded(state)) return 1;
  if (tally.createdTrials === 0 || tally.createdEpochs === 0) return 0;
  const meanEpochs = tally.createdEpochs / tally.createdTrials;
  const planned = Math.max(tally.createdEpochs, tally.plannedTrials * meanEpochs);
  return Math.min(1, tally.settledEpochs / planned);
}
