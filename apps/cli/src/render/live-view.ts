import { isSweepPaused, isTrialActive, type LiveEvent, type SweepState } from '@fathom/contracts';
import { percent } from './format';
import { endedCount, type LiveState, type LiveTrial } from './live-state';

const BAR = 20;

/** The frame of a terminal that can redraw: one line for the sweep, one for each active trial. */
export function liveFrame(state: LiveState, sweep: SweepState = 'running'): string[] {
  const active = [...state.values()].filter((trial) => isTrialActive(trial.state));
  return [
    `${bar(endedCount(state) / Math.max(1, state.size))} ${endedCount(state)} of ${state.size} trials ended${pausedPart(state)}${isSweepPaused(sweep) ? '; the sweep is paused' : ''}`,
    ...active.map(activeLine),
  ];
}

function pausedPart(state: LiveState): string {
  const paused = [...state.values()].filter((trial) => trial.state === 'paused').length;
  return paused === 0 ? '' : `, ${paused} at a rung`;
}

function activeLine(trial: LiveTrial): string {
  const done = Math.max(trial.step?.epoch ?? 0, trial.epoch?.epoch ?? 0);
  const numbers = [
    `epoch ${done.toFixed(1)}/${trial.epochs}`,
    ...(trial.step
      ? [`loss ${trial.step.loss.toFixed(3)}`, `${trial.step.imagesPerSecond.toFixed(0)} img/s`]
      : []),
    ...(trial.epoch ? [`val. error ${percent(trial.epoch.validationError, 1)}`] : []),
  ];
  return `  ${bar(done / trial.epochs)} ${trialName(trial)}  ${numbers.join(' · ')}`;
}

export function bar(share: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * BAR);
  return `${'█'.repeat(full)}${'░'.repeat(BAR - full)}`;
}

const trialName = (trial: LiveTrial): string => `#${trial.number} ${trial.label}`;

function createdLine(state: LiveState, created: readonly { readonly number: number }[]): string {
  const numbers = created.map(({ number }) => number);
  const [lowest, highest] = [Math.min(...numbers), Math.max(...numbers)];
  const only = lowest === highest ? state.get(lowest) : undefined;
  if (only !== undefined) return `${trialName(only)}: queued`;
  return `${created.length} trials queued, #${lowest} to #${highest}`;
}

/** What a log line says of an event, for output that cannot redraw; undefined where an event is not worth one. */
export function liveLine(state: LiveState, event: LiveEvent): string | undefined {
  if (event.type === 'sweepChanged')
    return event.reason === null ? undefined : `sweep ${event.state}: ${event.reason}`;
  if (event.type === 'trialsCreated') return createdLine(state, event.trials);
  const trial = state.get(event.number);
  if (trial === undefined) return undefined;
  switch (event.type) {
    case 'stepReported':
      return undefined;
    case 'epochReported': {
      const { epoch, trainLoss, validationError, imagesPerSecond } = event.metrics;
      return (
        `${trialName(trial)}: epoch ${epoch}/${trial.epochs}, train loss ${trainLoss.toFixed(3)}, ` +
        `val. error ${percent(validationError, 1)}, ${imagesPerSecond.toFixed(0)} img/s`
      );
    }
    case 'trialChanged': {
      const count = `${endedCount(state)}/${state.size} ended`;
      return `${trialName(trial)}: ${event.state}${event.reason === null ? '' : ` (${event.reason})`} [${count}]`;
    }
  }
}
