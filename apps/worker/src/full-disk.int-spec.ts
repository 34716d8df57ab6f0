import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aTrainingConfig, aTrainJob, eventually } from '@fathom/testkit';
import { useWorkers } from './testing/use-workers';

jest.setTimeout(120_000);

const mount = (dir: string) =>
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', dir], { stdio: 'ignore' });
const unmount = (dir: string) => execFileSync('umount', [dir]);

/** It takes the rights of root, and a system that has tmpfs. */
function canMount(): boolean {
  const dir = mkdtempSync(join(tmpdir(), 'fathom-test-'));
  try {
    mount(dir);
    unmount(dir);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(dir, { recursive: true });
  }
}

const isPossible = canMount();
const given = isPossible ? describe : describe.skip;

given(
  `a disk for checkpoints that is full${isPossible ? '' : ' (skipped: no disk can be mounted here)'}`,
  () => {
    const workers = useWorkers();
    let disk = '';
    beforeAll(() => {
      disk = mkdtempSync(join(tmpdir(), 'fathom-test-'));
      mount(disk);
    });
    afterAll(() => {
      unmount(disk);
      rmSync(disk, { recursive: true });
    });

    it('fails the attempt and says why, and the trial goes on where it was when there is room again', async () => {
      const worker = await workers.start({
        FATHOM_CHECKPOINT_DIR: disk,
        FATHOM_CHECKPOINT_EVERY_STEPS: '1',
      });
      const config = aTrainingConfig({ epochs: 120, width: 0.25 });
      const job = aTrainJob({ config });
      await workers.enqueue(job);
      await workers.until(job, 'epochReported');
      // The first checkpoint may still be on its way.
      const checkpoints = join(disk, job.sweepId, job.trialId);
      await eventually(() => expect(readdirSync(checkpoints).join()).toMatch(/\.json/));
      const filler = join(disk, 'filler');
      fill(filler);
      const { failure, willRetry } = await workers.until(job, 'attemptFailed');
      expect(failure).toMatchObject({
        class: 'storage',
        message: expect.stringMatching(/cannot be written to .*ENOSPC/) as string,
      });
      expect(willRetry).toBe(true);
      rmSync(filler);
      await workers.until(job, 'attemptCompleted', 2);
      await eventually(async () => expect(await workers.jobState(job)).toBe('completed'));
      expect(worker.process.output()).toMatch(/"resumedFromStep":[1-9]/);
      expect(workers.checkpointsOf(job)).toEqual([]);
    });
  },
);

/** Until there is no room for one byte more. */
function fill(file: string): void {
  for (let size = 1 << 20; size >= 1; size >>= 1)
    for (;;)
      try {
        writeFileSync(file, Buffer.alloc(size), { flag: 'a' });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        break;
      }
}
