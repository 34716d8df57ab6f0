import { coordinatorMetrics, deviceMetrics, workerMetrics } from '@fathom/contracts';
import { buildBoard, depthVariable, workerVariable } from './board';
import { lines, number, type Target } from './panels';
import { agreed, increase, quantile, rate, series, sumBy } from './promql';

const OURS = ['worker=~"$worker"'];
const SHOWN = [...OURS, 'depth=~"$depth"'];
const TERA = 1e12;

const ofSlots = (state: 'free' | 'busy'): Target => ({
  expression: sumBy([], series(workerMetrics.slots, [...OURS, `state="${state}"`])),
  legend: state,
});
const ofDevices = (metric: (typeof deviceMetrics)[keyof typeof deviceMetrics]): Target[] => [
  { expression: series(metric, OURS), legend: '{{worker}} {{device}}' },
];
const NO_GPU = 'no GPU that NVML knows';

export const fleetBoard = buildBoard({
  uid: 'fathom-fleet',
  title: 'Fathom: Fleet',
  description: 'The workers: what they train, how fast, and what goes wrong.',
  variables: [workerVariable(), depthVariable()],
  links: { 'All sweeps': '/v1/sweeps', 'The queue': '/queues' },
  rows: [
    {
      title: 'Workers and slots',
      panels: [
        number(
          { title: 'Workers', description: 'That have said a word within the last 15 seconds.' },
          { expression: agreed(coordinatorMetrics.workers), legend: 'workers' },
        ),
        number({ title: 'Busy slots', description: 'Each trains a trial.' }, ofSlots('busy')),
        number({ title: 'Free slots', description: 'Of the workers that are scraped.' }, ofSlots('free')),
        number(
          { title: 'Trials that wait', description: 'For a place, by pool; of sweeps that are not paused.' },
          { expression: agreed(coordinatorMetrics.poolTrials, ['state="waiting"']), legend: '{{pool}}' },
        ),
        number(
          {
            title: 'Flapping workers',
            description: 'They take no trials for a while, because their last ones all failed.',
          },
          { expression: sumBy([], series(workerMetrics.flapping, OURS)), legend: 'flapping' },
        ),
        number(
          { title: 'Images per second', description: 'Of training, all workers together.' },
          { expression: sumBy([], series(workerMetrics.imagesPerSecond, OURS)), legend: 'images/s' },
        ),
        lines({ title: 'Slots', description: 'By state.' }, [ofSlots('busy'), ofSlots('free')], {
          stacked: true,
          min: 0,
        }),
        lines(
          {
            title: 'Pools',
            description: 'Trials that wait for a place and that run, and the places there are.',
          },
          [
            { expression: agreed(coordinatorMetrics.poolTrials), legend: '{{pool}}: {{state}}' },
            { expression: agreed(coordinatorMetrics.poolSlots), legend: '{{pool}}: slots' },
          ],
          { min: 0 },
        ),
        lines(
          { title: 'Images per second by worker', description: 'Of training.' },
          [{ expression: series(workerMetrics.imagesPerSecond, OURS), legend: '{{worker}}' }],
          { stacked: true, min: 0 },
        ),
        lines(
          { title: 'Images per second by depth', description: 'Of training.', noValue: 'none trains' },
          [
            {
              expression: sumBy(['depth'], series(workerMetrics.trialImagesPerSecond, SHOWN)),
              legend: 'depth {{depth}}',
            },
          ],
          { stacked: true, min: 0 },
        ),
      ],
    },
    {
      title: 'Speed',
      panels: [
        lines(
          {
            title: 'What the time goes to',
            description: 'Of the training loops: a large share of data means that images come too slowly.',
            unit: 'percentunit',
          },
          [
            {
              expression: `${sumBy(['phase'], rate(workerMetrics.phaseSeconds, OURS))} / ignoring (phase) group_left ${sumBy([], rate(workerMetrics.phaseSeconds, OURS))}`,
              legend: '{{phase}}',
            },
          ],
          { stacked: true, min: 0 },
        ),
        lines(
          {
            title: 'Step',
            description: 'Seconds of an optimiser step: median and 95th percentile.',
            unit: 's',
          },
          ([0.5, 0.95] as const).map((of) => ({
            expression: quantile(of, workerMetrics.stepSeconds, ['depth'], SHOWN),
            legend: `${String(of * 100)} %, depth {{depth}}`,
          })),
          { min: 0 },
        ),
        lines(
          { title: 'TFLOP/s', description: 'Of training steps, by worker.', noValue: 'none trains' },
          [
            {
              expression: `${sumBy(['worker'], series(workerMetrics.trialFlops, SHOWN))} / ${String(TERA)}`,
              legend: '{{worker}}',
            },
          ],
          { min: 0 },
        ),
        lines(
          {
            title: 'Share of the peak',
            description: 'Of what the device makes of products of large matrices in the same precision.',
            unit: 'percentunit',
            noValue: 'none trains',
          },
          [
            {
              expression: series(workerMetrics.trialPeakRatio, SHOWN),
              legend: '{{worker}}: {{variant}} {{depth}}, trial {{trial}}',
            },
          ],
          { min: 0 },
        ),
        lines(
          { title: 'Measured peak', description: 'Of products of large matrices, in TFLOP/s.' },
          [
            {
              expression: `${series(workerMetrics.peakFlops, OURS)} / ${String(TERA)}`,
              legend: '{{worker}} {{device}}, {{precision}}',
            },
          ],
          { min: 0 },
        ),
        lines(
          {
            title: 'Memory of training processes',
            description: 'Resident memory of the host.',
            unit: 'bytes',
            noValue: 'none trains',
          },
          [
            {
              expression: series(workerMetrics.trialMemory, SHOWN),
              legend: '{{worker}}: {{variant}} {{depth}}, trial {{trial}}',
            },
          ],
          { min: 0 },
        ),
      ],
    },
    {
      title: 'Failures',
      panels: [
        lines(
          { title: 'Failures by class', description: 'Attempts that failed in the time of the board.' },
          [
            {
              expression: sumBy(['class'], increase(coordinatorMetrics.failures)),
              legend: '{{class}}',
            },
          ],
          { stacked: true, min: 0 },
        ),
        lines(
          { title: 'Ends of attempts', description: 'In the time of the board, by outcome.' },
          [
            {
              expression: sumBy(['outcome'], increase(workerMetrics.attempts, OURS)),
              legend: '{{outcome}}',
            },
          ],
          { stacked: true, min: 0 },
        ),
      ],
    },
    {
      title: 'GPUs',
      isShut: true,
      panels: [
        lines(
          {
            title: 'Utilisation',
            description: 'Share of the time in which a kernel ran.',
            unit: 'percentunit',
            noValue: NO_GPU,
          },
          ofDevices(deviceMetrics.utilisation),
          { min: 0 },
        ),
        lines(
          { title: 'Memory', description: 'In use, by any process.', unit: 'bytes', noValue: NO_GPU },
          ofDevices(deviceMetrics.memoryUsed),
          { min: 0 },
        ),
        lines(
          { title: 'Power', description: 'What the devices draw.', unit: 'watt', noValue: NO_GPU },
          ofDevices(deviceMetrics.power),
          { min: 0 },
        ),
        lines(
          { title: 'Temperature', description: 'Of the chips.', unit: 'celsius', noValue: NO_GPU },
          ofDevices(deviceMetrics.temperature),
        ),
      ],
    },
  ],
});
