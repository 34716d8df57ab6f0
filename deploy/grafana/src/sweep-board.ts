import { sweepMetrics, workerMetrics } from '@fathom/contracts';
import { buildBoard, depthVariable, sweepVariable } from './board';
import { bars, lines, number } from './panels';
import { agreed, lastly, series, sumBy } from './promql';

const THIS = ['sweep_id="$sweep"'];
const SHOWN = [...THIS, 'depth=~"$depth"'];
const state = agreed(sweepMetrics.info, THIS);
const trialName = '{{trial}}: {{variant}} {{depth}}';

const hours = (seconds: string): string => `${seconds} / 3600`;

export const sweepBoard = buildBoard({
  uid: 'fathom-sweep',
  title: 'Fathom: Sweep',
  description:
    'One sweep: how far it is, what it has found by depth, what trains now, what it costs. Of one that ended in the time of the board, how it was last.',
  variables: [sweepVariable(), depthVariable()],
  links: {
    'This sweep': '/v1/sweeps/${sweep}',
    'Its trials': '/v1/sweeps/${sweep}/trials?sort=objective&limit=100',
    'Its decisions': '/v1/sweeps/${sweep}/decisions?limit=1000',
  },
  rows: [
    {
      title: 'Progress',
      panels: [
        number(
          { title: 'State', description: 'Of the sweep.' },
          // Of the states that it had, that which it had last.
          {
            expression: `${state} == 1 or on () topk(1, last_over_time(timestamp(${state})[$__range:1m]))`,
            legend: '{{state}}',
          },
          { show: 'name' },
        ),
        number(
          {
            title: 'Progress',
            description: 'Share of the planned epochs that are done or no longer due.',
            unit: 'percentunit',
          },
          { expression: lastly(agreed(sweepMetrics.progress, THIS)), legend: 'progress' },
        ),
        number(
          { title: 'Planned trials', description: 'Trials that it is to have.' },
          { expression: lastly(agreed(sweepMetrics.plannedTrials, THIS)), legend: 'planned' },
        ),
        number(
          { title: 'Ended trials', description: 'Completed, stopped by the search, failed or cancelled.' },
          {
            expression: lastly(
              sumBy(
                [],
                agreed(sweepMetrics.trials, [
                  ...THIS,
                  'state=~"completed|stopped|diverged|failed|cancelled"',
                ]),
              ),
            ),
            legend: 'ended',
          },
        ),
        number(
          {
            title: 'Best so far',
            description: 'Of the first objective, over all trials, also those that go on.',
            noValue: 'no epoch in this time',
          },
          { expression: lastly(agreed(sweepMetrics.bestObjective, THIS)), legend: '{{metric}}' },
        ),
        number(
          {
            title: 'Budget used',
            description: 'The limit that is nearest; 0 where the sweep has none.',
            unit: 'percentunit',
          },
          {
            expression: `${lastly(`max(${agreed(sweepMetrics.budgetUsed, THIS)})`)} or vector(0)`,
            legend: 'used',
          },
        ),
        lines(
          {
            title: 'Trials',
            description: 'By state. Paused ones wait at a rung.',
            width: 24,
          },
          [{ expression: agreed(sweepMetrics.trials, THIS), legend: '{{state}}' }],
          { stacked: true, min: 0 },
        ),
      ],
    },
    {
      title: 'Depth',
      panels: [
        bars(
          {
            title: 'Test error by depth',
            description: 'Of the best completed trial of each depth: residual beside plain.',
            unit: 'percentunit',
            noValue: 'no completed trial in this time',
          },
          lastly(agreed(sweepMetrics.depthTestError, [...SHOWN, 'statistic="best"'])),
          { groups: 'depth', bars: 'variant' },
        ),
        bars(
          {
            title: 'Objective by depth',
            description: 'Mean over all trials that have got to the end of an epoch, also those that go on.',
            noValue: 'no epoch in this time',
          },
          lastly(agreed(sweepMetrics.depthObjective, [...SHOWN, 'statistic="mean"'])),
          { groups: 'depth', bars: 'variant' },
        ),
        lines(
          {
            title: 'Best so far',
            description: 'Of the first objective.',
            noValue: 'no epoch in this time',
          },
          [{ expression: agreed(sweepMetrics.bestObjective, THIS), legend: '{{metric}}' }],
        ),
        lines(
          {
            title: 'Best so far by depth',
            description: 'Of the first objective.',
            noValue: 'no epoch in this time',
          },
          [
            {
              expression: agreed(sweepMetrics.depthObjective, [...SHOWN, 'statistic="best"']),
              legend: '{{variant}} {{depth}}',
            },
          ],
        ),
      ],
    },
    {
      title: 'Trials that train now',
      panels: [
        lines(
          { title: 'Training loss', description: 'Mean since the last report.', noValue: 'none trains' },
          [{ expression: series(workerMetrics.trialLoss, SHOWN), legend: trialName }],
        ),
        lines(
          {
            title: 'Validation error',
            description: 'After the last epoch.',
            unit: 'percentunit',
            noValue: 'none trains',
          },
          [{ expression: series(workerMetrics.trialValidationError, SHOWN), legend: trialName }],
        ),
        lines(
          {
            title: 'Training accuracy',
            description: 'Since the last report.',
            unit: 'percentunit',
            noValue: 'none trains',
          },
          [{ expression: series(workerMetrics.trialAccuracy, SHOWN), legend: trialName }],
        ),
        lines({ title: 'Learning rate', description: 'Of the last step.', noValue: 'none trains' }, [
          { expression: series(workerMetrics.trialLearningRate, SHOWN), legend: trialName },
        ]),
        lines({ title: 'Epochs', description: 'Done, with fraction.', noValue: 'none trains' }, [
          { expression: series(workerMetrics.trialEpoch, SHOWN), legend: trialName },
        ]),
        lines(
          { title: 'Images per second', description: 'Of training, by trial.', noValue: 'none trains' },
          [{ expression: series(workerMetrics.trialImagesPerSecond, SHOWN), legend: trialName }],
          { min: 0 },
        ),
      ],
    },
    {
      title: 'Rungs and decisions',
      panels: [
        lines(
          {
            title: 'Trials by rung',
            description:
              'Trials that have not ended, by the epoch they train to. Paused ones are there and wait to be let go on.',
            noValue: 'none in this time',
          },
          [{ expression: agreed(sweepMetrics.rungTrials, THIS), legend: 'rung {{rung}}: {{state}}' }],
          { stacked: true, min: 0 },
        ),
        lines(
          {
            title: 'Promotions',
            description: 'Trials that were let go on, by the epoch they train to next.',
            noValue: 'none in this time',
          },
          [{ expression: agreed(sweepMetrics.promotions, THIS), legend: 'to {{rung}}' }],
          { min: 0 },
        ),
        lines(
          { title: 'Decisions', description: 'Of the search, and what was asked of the sweep.', width: 24 },
          [{ expression: agreed(sweepMetrics.decisions, THIS), legend: '{{action}}' }],
          { min: 0 },
        ),
      ],
    },
    {
      title: 'Cost',
      panels: [
        lines(
          {
            title: 'Device-hours',
            description:
              'What its trials have had, what the whole sweep is forecast to take, and what its budget allows, where it has one.',
            unit: 'h',
            width: 24,
          },
          [
            { expression: hours(agreed(sweepMetrics.deviceSeconds, THIS)), legend: 'spent' },
            {
              expression: hours(agreed(sweepMetrics.deviceSecondsForecast, THIS)),
              legend: 'forecast, {{bound}}',
            },
            { expression: hours(agreed(sweepMetrics.deviceSecondsBudget, THIS)), legend: 'budget' },
          ],
          { min: 0 },
        ),
      ],
    },
  ],
});
