import type { TrialSummary } from '@fathom/contracts';
import { aTrainingConfig, finalMetrics } from '@fathom/testkit';
import { trialsCsv } from './trials-csv';

const at = '2026-01-01T00:00:00.000Z';
const trial = (more: Partial<TrialSummary>): TrialSummary => ({
  ...{
    id: '0198c5d2-6a51-7a3c-9d0e-2f0f5b1c7e11',
    sweepId: '0198c5d2-6a51-7a3c-9d0e-2f0f5b1c7e12',
    number: 1,
  },
  ...{
    state: 'completed',
    config: aTrainingConfig({ depth: 8 }),
    epochsDone: 1,
    untilEpoch: null,
    origin: null,
  },
  ...{ attempts: 1, microBatch: null, objective: 0.8, objectives: [0.8, 12], metrics: finalMetrics() },
  ...{ failure: null, createdAt: at, startedAt: at, endedAt: at, ...more },
});
const failure = { class: 'data' as const, message: 'no "cats", no dogs', log: '' };
const failed = trial({ number: 2, state: 'failed', objectives: [], metrics: null, failure, endedAt: null });

describe('trialsCsv', () => {
  const lines = trialsCsv([trial({}), failed], ['validationError', 'trainSeconds']).split('\n');
  const header = lines[0]!.split(',');
  const cell = (line: number, name: string) => lines[line]!.split(',')[header.indexOf(name)];

  it('has a column for each hyper-parameter, objective and metric that is one number', () => {
    for (const name of ['trial', 'depth', 'learningRate', 'objective.trainSeconds', 'testError', 'endedAt'])
      expect(header).toContain(name);
    expect(header.filter((name) => /class|confusion/.test(name))).toEqual([]);
    expect(new Set(header).size).toBe(header.length);
  });

  it('has a row for each trial', () => {
    expect([
      cell(1, 'trial'),
      cell(1, 'depth'),
      cell(1, 'nesterov'),
      cell(1, 'objective.trainSeconds'),
    ]).toEqual([...['1', '8', 'false', '12']]);
    expect([cell(1, 'testError'), cell(1, 'testTop5Error'), cell(1, 'failureClass')]).toEqual([
      '0.79',
      '',
      '',
    ]);
    expect(lines).toHaveLength(4);
  });

  it('leaves empty what there is not, and quotes what has commas and quotes', () => {
    expect([cell(2, 'state'), cell(2, 'objective.validationError'), cell(2, 'testError')]).toEqual([
      'failed',
      '',
      '',
    ]);
    expect(lines[2]).toContain(',data,"no ""cats"", no dogs",');
  });

  it('has a header without trials', () => {
    expect(trialsCsv([], []).trimEnd().split('\n')).toHaveLength(1);
  });
});
