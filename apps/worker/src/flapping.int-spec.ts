import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { aTrainJob, eventually, useTempDir } from '@fathom/testkit';
import { useWorkers } from './testing/use-workers';

jest.setTimeout(120_000);

describe('a worker on which everything fails', () => {
  const workers = useWorkers();
  const dir = useTempDir();

  it('takes no trials for a while, says so, and goes on when it is well again', async () => {
    // A file where the folder for checkpoints ought to be.
    const folder = join(dir.path, 'checkpoints');
    writeFileSync(folder, '');
    const worker = await workers.start({ FATHOM_CHECKPOINT_DIR: folder, FATHOM_FLAPPING_PAUSE_SECONDS: '4' });
    const jobs = Array.from({ length: 5 }, () => aTrainJob());
    for (const job of jobs) await workers.enqueue(job);
    for (const job of jobs)
      expect(await workers.until(job, 'attemptFailed')).toMatchObject({ failure: { class: 'storage' } });
    await worker.process.untilOutput(/the worker takes no trials for a while: the last 5 attempts/);
    const ready = () => fetch(worker.metricsUrl.replace('metrics', 'ready'));
    const metric = async () =>
      /^fathom_worker_flapping\{[^}]*\} (\d)$/m.exec(await (await fetch(worker.metricsUrl)).text())?.[1];
    expect([(await ready()).status, await metric()]).toEqual([503, '1']);
    expect(await (await ready()).text()).toMatch(/all failed \(storage\), the last one: .*cannot be used/);

    rmSync(folder);
    const waiting = aTrainJob({ priority: 5 });
    await workers.enqueue(waiting);
    // Less than the pause: what it does right after that may be here as soon as its word of it.
    await sleep(2_000);
    expect(workers.reportsOf(waiting)).toEqual([]);
    await worker.process.untilOutput(/the worker takes trials again/);
    await workers.until(waiting, 'attemptCompleted');
    await eventually(async () => expect([(await ready()).status, await metric()]).toEqual([200, '0']));
  });

  it('can be told to leave meanwhile', async () => {
    const folder = join(dir.path, 'no-checkpoints');
    writeFileSync(folder, '');
    const worker = await workers.start({ FATHOM_CHECKPOINT_DIR: folder });
    for (let index = 0; index < 5; index++) await workers.enqueue(aTrainJob());
    await worker.process.untilOutput(/takes no trials for a while/, { timeoutMs: 60_000 });
    worker.process.kill('SIGTERM');
    expect(await worker.process.exited).toEqual({ code: 0, signal: null });
  });
});
