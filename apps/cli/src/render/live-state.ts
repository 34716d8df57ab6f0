import {
  isTrialEnded,
  type EpochMetrics,
  type LiveEvent,
  type StepMetrics,
  type TrialState,
} from '@fathom/contracts';
import type { TrialSummary } from '@fathom/contracts';

export interface LiveTrial {
  readonly number: number;
  readonly label: string;
  readonly epochs: number;
  readonly state: TrialState;
  readonly step?: StepMetrics;
  readonly epoch?: EpochMetrics;
  readonly reason?: string;
}

/** What is known of a sweep's trials while events come in, by trial number. */
export type LiveState = ReadonlyMap<number, LiveTrial>;

export function liveStateOf(trials: readonly TrialSummary[]): LiveState {
  return new Map(
    trials.map(({ number, state, config }) => [
      number,
      { number, state, epochs: config.epochs, label: trialLabel(config) },
    ]),
  );
}

export const trialLabel = (config: TrialSummary['config']): string =>
  `${config.variant} ${config.depth}, lr ${Number(config.learningRate.toPrecision(3))}, seed ${config.seed}`;

/** The state after an event; events of trials nobody has told about yet change nothing. */
export function applyLiveEvent(state: LiveState, event: LiveEvent): LiveState {
  if (event.type === 'sweepChanged' || event.type === 'trialsCreated') return state;
  const trial = state.get(event.number);
  if (trial === undefined) return state;
  const next = new Map(state);
  switch (event.type) {
    case 'trialChanged':
      next.set(event.number, {
        ...trial,
        state: event.state,
        ...(event.reason === null ? {} : { reason: event.reason }),
      });
      break;
    case 'epochReported':
      next.set(event.number, { ...trial, epoch: event.metrics });
      break;
    case 'stepReported':
      next.set(event.number, { ...trial, step: event.metrics });
      break;
  }
  return next;
}

export const endedCount = (state: LiveState): number =>
  [...state.values()].filter((trial) => isTrialEnded(trial.state)).length;
