import type { Failure, LogPolicy } from '@fathom/contracts';
import { aTrainJob } from '@fathom/testkit';
import { withPolicies } from './log-policies';

const failure: Failure = { class: 'native-crash', message: 'it crashed', log: '' };
const match = (action: LogPolicy['action']) => ({
  policy: { name: 'ecc', pattern: 'ECC', action },
  line: 'ECC error',
});
const again = { again: true, delayMs: 10, failure, job: aTrainJob() } as const;

describe('withPolicies', () => {
  it('leaves a failure alone that none matches', () => {
    expect(withPolicies(again, [], 'a')).toBe(again);
  });

  it('keeps the trial from the machine, and says so', () => {
    const message = 'it crashed; log policy ecc (excludeNode) matched: ECC error';
    const exclusion = { node: 'a', policy: 'ecc', line: 'ECC error', failure: 'native-crash' };
    const once = withPolicies(again, [match('excludeNode')], 'a');
    expect(once).toMatchObject({ again: true, delayMs: 10, failure: { message } });
    if (!once.again) throw new Error('it is final');
    expect(once.job.exclusions).toEqual([exclusion]);
    const twice = withPolicies({ ...again, job: once.job }, [match('excludeNode')], 'b');
    expect(twice).toMatchObject({ job: { exclusions: [exclusion, { ...exclusion, node: 'b' }] } });
  });

  it('makes it final where a policy says so, whatever another one says', () => {
    expect(withPolicies(again, [match('excludeNode'), match('cancelRetries')], 'a')).toEqual({
      again: false,
      failure: {
        ...failure,
        message:
          'it crashed; log policy ecc (excludeNode) matched: ECC error; log policy ecc (cancelRetries) matched: ECC error',
      },
    });
  });

  it('does not bring a trial back that has failed for good', () => {
    expect(withPolicies({ again: false, failure }, [match('excludeNode')], 'a')).toMatchObject({
      again: false,
    });
  });
});
