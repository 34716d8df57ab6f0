import type { PredictedRange, SweepPreview } from '@fathom/contracts';
import { duration } from './format';
import { table } from './tables';

const seconds = ({ expected, low, high }: PredictedRange): string =>
  `${duration(expected)} (${duration(low)} to ${duration(high)})`;
const number = (value: number): string => value.toPrecision(3).replace(/\.?0+$/, '');
const hours = ({ expected, low, high }: PredictedRange): string =>
  `${number(expected)} (${number(low)} to ${number(high)})`;

/** What a sweep would do, for people: how far its trials get, what each depth costs, what the budget cuts. */
export function previewView(preview: SweepPreview): string {
  const { plannedTrials, workers, trials, epochs, epochsWithoutStopping, cost, deviceHours, warnings } =
    preview;
  const slots = { given: 'as asked', fleet: 'connected or running now', assumed: 'none is connected' }[
    workers.source
  ];
  const share = epochsWithoutStopping === 0 ? 1 : epochs / epochsWithoutStopping;
  const lines = [
    `${plannedTrials} trials on ${workers.count} at a time (${slots})`,
    `${trials.completed} train to their end, ${trials.stopped} are stopped before; ` +
      `${epochs} epochs, ${number(100 * share)} % of training every trial to its end`,
    `device hours: ${hours(deviceHours)}`,
    `from start to end: ${seconds(preview.seconds)}`,
    `ends about ${preview.finishAt.slice(0, 16).replace('T', ' ')} UTC, ${endings[preview.endsBy]}`,
    `predicted from ${cost.measuredEpochs} measured epochs; in brackets: nine times in ten`,
  ];
  const parts = [
    lines.join('\n'),
    `Trials that get so far\n${rungTable(preview)}`,
    `By depth\n${depthTable(preview)}`,
  ];
  if (preview.budget.length > 0) parts.push(`Budget\n${budgetTable(preview)}`);
  if (warnings.length > 0) parts.push(warnings.map((warning) => `warning: ${warning}`).join('\n'));
  return parts.join('\n\n');
}

const endings = {
  completion: 'when all trials have ended',
  maxWallClockSeconds: 'when budget.maxWallClockSeconds is used up',
  maxDeviceHours: 'when budget.maxDeviceHours is used up',
} satisfies Record<SweepPreview['endsBy'], string>;

function rungTable({ rungs, depths }: SweepPreview): string {
  const out = table(
    ['epoch', 'trials', ...depths.map(({ depth }) => `depth ${depth}`)],
    [0, 1, ...depths.map((_, index) => index + 2)],
  );
  for (const rung of rungs) {
    const of = (depth: number) => rung.depths.find((each) => each.depth === depth)?.trials ?? 0;
    out.push([rung.epoch, rung.trials, ...depths.map(({ depth }) => of(depth))]);
  }
  return out.toString();
}

function depthTable({ depths }: SweepPreview): string {
  const out = table(['depth', 'trials', 'to the end', 'an epoch', 'device hours'], [0, 1, 2, 3, 4]);
  for (const { depth, trials, completed, epochSeconds, deviceHours } of depths)
    out.push([depth, trials, completed, seconds(epochSeconds), hours(deviceHours)]);
  return out.toString();
}

function budgetTable({ budget }: SweepPreview): string {
  const out = table(['limit', 'given', 'needed', 'cuts'], [1, 2]);
  for (const { limit, given, needed, isReached, cutTrials, atSeconds } of budget) {
    const when = atSeconds === null ? '' : ` after ${duration(atSeconds)}`;
    out.push([limit, number(given), number(needed), isReached ? `${cutTrials} trials${when}` : 'nothing']);
  }
  return out.toString();
}
