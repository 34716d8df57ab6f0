import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LogPolicy } from '@fathom/contracts';
import { aTrainJob, eventually, useTempDir } from '@fathom/testkit';
import { useWorkers } from './testing/use-workers';

jest.setTimeout(120_000);

describe('log policies', () => {
  const workers = useWorkers();
  const dir = useTempDir();
  const policy = (action: LogPolicy['action']): LogPolicy => ({
    name: 'bad-disk',
    pattern: 'checkpoints in .* cannot be used: Error: E[A-Z]+',
    action,
  });
  const aTrial = (action: LogPolicy['action']) => aTrainJob({ logPolicies: [policy(action)] });

  /** A machine on which no trial can have checkpoints, which its training processes write to their logs. */
  const startBroken = (node: string) => {
    const folder = join(dir.path, node);
    writeFileSync(folder, '');
    return workers.start({ FATHOM_NODE: node, FATHOM_CHECKPOINT_DIR: folder });
  };

  it('keep a trial from the machine whose log had such a line, and another one trains it', async () => {
    const broken = await startBroken('first');
    const job = aTrial('excludeNode');
    await workers.enqueue(job);
    const failed = await workers.until(job, 'attemptFailed', 1);
    expect(failed).toMatchObject({ willRetry: true, failure: { class: 'storage' } });
    expect(failed.failure.message).toMatch(
      /; log policy bad-disk \(excludeNode\) matched: .*checkpoints in .* cannot be used/,
    );
    const sound = await workers.start({ FATHOM_NODE: 'second' });
    await workers.until(job, 'attemptCompleted');
    await sound.process.untilOutput(/"outcome":"completed"/);
    expect(broken.process.output().match(/attempt started/g)).toHaveLength(1);
    // Others may still run there.
    expect(workers.reportsOf(job).filter(({ type }) => type === 'attemptFailed')).toHaveLength(1);
  });

  it('end a trial that no machine is left for, and say so', async () => {
    await startBroken('third');
    const job = aTrial('excludeNode');
    await workers.enqueue(job);
    const last = await eventually(
      () => {
        const found = workers
          .reportsOf(job)
          .find((report) => report.type === 'attemptFailed' && !report.willRetry);
        if (found?.type !== 'attemptFailed') throw new Error(JSON.stringify(workers.reportsOf(job)));
        return found;
      },
      { timeoutMs: 60_000 },
    );
    expect(last.failure.class).toBe('storage');
    expect(last.failure.message).toMatch(
      /^no machine with a worker may train it, log policies exclude all: third \(bad-disk: /,
    );
    await eventually(async () => expect(await workers.jobState(job)).toBe('failed'));
  });

  it('make a failure final', async () => {
    await startBroken('fourth');
    const job = aTrial('cancelRetries');
    await workers.enqueue(job);
    const { failure, willRetry } = await workers.until(job, 'attemptFailed', 1);
    expect(willRetry).toBe(false);
    expect(failure.message).toMatch(/; log policy bad-disk \(cancelRetries\) matched: /);
    await eventually(async () => expect(await workers.jobState(job)).toBe('failed'));
  });
});
