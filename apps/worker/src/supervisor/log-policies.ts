import type { PolicyMatch } from '@fathom/contracts';
import type { Verdict } from './verdict';

/** What the sweep's log policies make of a failure, whose message then names them and the lines. */
export function withPolicies(verdict: Verdict, matches: readonly PolicyMatch[], node: string): Verdict {
  if (matches.length === 0) return verdict;
  const told = matches.map(
    ({ policy, line }) => `log policy ${policy.name} (${policy.action}) matched: ${line.slice(0, 300)}`,
  );
  const message = [verdict.failure.message.slice(0, 2_000), ...told].join('; ').slice(0, 4_000);
  const failure = { ...verdict.failure, message };
  const isFinal = matches.some(({ policy }) => policy.action === 'cancelRetries');
  if (!verdict.again || isFinal) return { again: false, failure };
  const exclusions = matches.map(({ policy, line }) => ({
    ...{ node, policy: policy.name, line, failure: failure.class },
  }));
  const { job } = verdict;
  return { ...verdict, failure, job: { ...job, exclusions: [...(job.exclusions ?? []), ...exclusions] } };
}
