import { noHistory, type Failure, type FailureClass } from '@fathom/contracts';
import { aTrainingConfig, aTrainJob } from '@fathom/testkit';
import { verdictOn, type Verdict } from './verdict';

const failure = (failureClass: FailureClass): Failure => ({ class: failureClass, message: 'why', log: '' });

describe('verdictOn', () => {
  it('goes on after a crash with the same job, which remembers it', () => {
    const job = aTrainJob();
    expect(verdictOn(failure('native-crash'), job, noHistory)).toEqual({
      again: true,
      delayMs: 2_000,
      failure: failure('native-crash'),
      job: { ...job, retries: { ...noHistory, failures: { 'native-crash': 1 } } },
    });
  });

  it('gives up where the table says so', () => {
    expect(verdictOn(failure('diverged'), aTrainJob(), noHistory)).toMatchObject({ again: false });
    const twice = { ...noHistory, failures: { stuck: 2 } };
    expect(verdictOn(failure('stuck'), aTrainJob(), twice)).toEqual({
      again: false,
      failure: failure('stuck'),
    });
  });

  it('halves the micro-batch down to an eighth where memory runs out, and says so', () => {
    const first = aTrainJob({ config: aTrainingConfig({ batchSize: 64 }) });
    const told: string[] = [];
    let verdict: Verdict = { again: true, delayMs: 0, failure: failure('internal'), job: first };
    while (verdict.again) {
      verdict = verdictOn(failure('out-of-memory'), verdict.job, verdict.job.retries ?? noHistory);
      told.push(verdict.failure.message);
    }
    expect(told).toEqual([
      'why; the next attempt has 32 images of a batch in memory at once instead of 64',
      'why; the next attempt has 16 images of a batch in memory at once instead of 32',
      'why; the next attempt has 8 images of a batch in memory at once instead of 16',
      'why',
    ]);
  });

  it('gives up at once where the batch cannot be halved', () => {
    const job = aTrainJob({ config: aTrainingConfig({ batchSize: 25 }) });
    expect(verdictOn(failure('out-of-memory'), job, noHistory)).toEqual({
      again: false,
      failure: {
        ...failure('out-of-memory'),
        message: 'why; a micro-batch of 25 images is not halved any further',
      },
    });
  });
});
