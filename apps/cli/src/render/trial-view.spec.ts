import { trainingConfigSchema, type TrialDetail } from '@fathom/contracts';
import { trialView } from './trial-view';

const id = '1f8c2f0e-58b5-4b53-8f6e-9d2b5d1f0a11';
const at = '2026-01-02T03:04:05.000Z';
const queued: TrialDetail = {
  id,
  sweepId: id,
  number: 3,
  state: 'queued',
  config: trainingConfigSchema.parse({ depth: 20, epochs: 2 }),
  epochsDone: 0,
  untilEpoch: null,
  origin: null,
  attempts: 0,
  microBatch: null,
  objective: null,
  objectives: [],
  metrics: null,
  failure: null,
  createdAt: at,
  startedAt: null,
  endedAt: null,
  attemptHistory: [],
  epochs: [],
  steps: [],
};
const epoch = {
  epoch: 1,
  step: 10,
  trainLoss: 1.5,
  trainError: 0.5,
  validationLoss: 1.25,
  validationError: 0.4,
  learningRate: 0.1,
  seconds: 12,
  imagesPerSecond: 812.3,
  trainSeconds: 12,
  parameters: 272_474,
};

describe('trialView', () => {
  it('says where a trial comes from and where it pauses', () => {
    const copy = { ...queued, untilEpoch: 2, origin: { trial: 1, epoch: 1 }, epochsDone: 1 };
    expect(trialView(copy)).toContain(
      'queued, 1 of 2 epochs, to pause at epoch 2, copied from trial 1 at epoch 1',
    );
    expect(trialView({ ...queued, state: 'paused', epochsDone: 1, untilEpoch: 1 })).toContain(
      'paused, 1 of 2 epochs\n',
    );
  });

  it('says of a queued trial that it has no attempt yet', () => {
    const view = trialView(queued);
    expect(view).toContain('trial 3: residual 20, lr 0.1, seed 0\nqueued, 0 of 2 epochs');
    expect(view).toContain('Attempts\n  none yet');
    expect(view).not.toContain('Test error');
  });

  it('shows the epochs and the result of a completed one', () => {
    const metrics = { ...epoch, testLoss: 1.3, testError: 0.4123, parameters: 272_474, trainSeconds: 24 };
    const view = trialView({ ...queued, state: 'completed', epochsDone: 2, epochs: [epoch], metrics });
    expect(view).toContain(
      'Test error 41.23 %, validation error 40.00 %, 0.27 M parameters, trained in 24 s',
    );
    expect(view).toMatch(/1 │ +1\.5000 │ +50\.00 % │ +1\.2500 │ +40\.00 % │ +812 │ +12 s/);
  });

  it('shows why an attempt failed, with its log', () => {
    const failure = { class: 'out-of-memory' as const, message: 'killed', log: 'first\nlast' };
    const attempt = {
      id,
      fence: 2,
      workerId: 'w1',
      device: 'cpu',
      microBatch: 32,
      startedAt: at,
      endedAt: at,
    };
    const view = trialView({
      ...queued,
      state: 'failed',
      failure,
      attemptHistory: [{ ...attempt, state: 'failed', failure }],
    });
    expect(view).toContain(
      '  2  failed on w1 (cpu), 32 images of a batch at once, started 2026-01-02T03:04:05.000Z: out-of-memory, killed',
    );
    expect(view).toContain('Failure: out-of-memory: killed\n  | first\n  | last');
  });
});
