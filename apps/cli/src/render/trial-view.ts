import {
  isTrialScheduled,
  microBatchOf,
  type AttemptView,
  type TrainingConfig,
  type TrialDetail,
} from '@fathom/contracts';
import Table from 'cli-table3';
import { duration, millions, percent } from './format';
import { trialLabel } from './live-state';

/** One trial for a terminal: result, settings, epochs, attempts and the reason of a failure. */
export function trialView(trial: TrialDetail): string {
  const sections = [
    `trial ${trial.number}: ${trialLabel(trial.config)}\n${progress(trial)}`,
    result(trial),
    `Settings\n  ${settings(trial.config)}`,
    epochs(trial),
    `Attempts\n${trial.attemptHistory.map((one) => attempt(one, trial.config)).join('\n') || '  none yet'}`,
    failure(trial),
  ];
  return sections.filter((section) => section !== '').join('\n\n');
}

function progress({ state, epochsDone, config, untilEpoch, origin }: TrialDetail): string {
  const isOnItsWay = isTrialScheduled(state) && untilEpoch !== null;
  const pause = isOnItsWay ? `, to pause at epoch ${untilEpoch}` : '';
  const copied = origin === null ? '' : `, copied from trial ${origin.trial} at epoch ${origin.epoch}`;
  return `${state}, ${epochsDone} of ${config.epochs} epochs${pause}${copied}`;
}

function result({ metrics }: TrialDetail): string {
  if (metrics === null) return '';
  return (
    `Test error ${percent(metrics.testError)}, validation error ${percent(metrics.validationError)}, ` +
    `${millions(metrics.parameters)} parameters, trained in ${duration(metrics.trainSeconds)}`
  );
}

const settings = (config: TrainingConfig): string =>
  Object.entries(config)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(', ');

function epochs({ epochs: rows }: TrialDetail): string {
  if (rows.length === 0) return '';
  const table = new Table({
    head: ['epoch', 'train loss', 'train error', 'val. loss', 'val. error', 'img/s', 'time'],
    style: { head: [], border: [], compact: true },
    colAligns: Array.from({ length: 7 }, () => 'right'),
  });
  for (const row of rows)
    table.push([
      row.epoch,
      row.trainLoss.toFixed(4),
      percent(row.trainError),
      row.validationLoss.toFixed(4),
      percent(row.validationError),
      row.imagesPerSecond.toFixed(0),
      duration(row.seconds),
    ]);
  return table.toString();
}

function attempt(
  { fence, state, workerId, device, microBatch, startedAt, failure: why }: AttemptView,
  config: TrainingConfig,
): string {
  const isCut = microBatch !== null && microBatch < microBatchOf(config);
  const cut = isCut ? `, ${microBatch} images of a batch at once` : '';
  const reason = why === null ? '' : `: ${why.class}, ${why.message}`;
  return `  ${fence}  ${state} on ${workerId} (${device})${cut}, started ${startedAt}${reason}`;
}

function failure({ failure: why }: TrialDetail): string {
  if (why === null) return '';
  return `Failure: ${why.class}: ${why.message}${why.log === '' ? '' : `\n${why.log.replace(/^/gm, '  | ')}`}`;
}
