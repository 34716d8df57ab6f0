import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, spawnNode, useTempDir } from '@fathom/testkit';

const fathom = join(__dirname, '../../apps/cli/dist/main.js');
const START = { timeoutMs: 60_000 };
const env = { REDIS_URL: undefined, DATABASE_URL: undefined };

describe('fathom up', () => {
  const dir = useTempDir();

  it('serves until Ctrl-C, starts a killed worker again, and leaves nothing behind', async () => {
    const up = spawnNode(fathom, ['up', '--workers', '1', '--port', '18411', '--data-dir', dir.path], env);
    await up.untilOutput(/Ctrl-C stops everything/, START);
    const [, metricsUrl = ''] = await up.untilOutput(/(http:\/\/127\.0\.0\.1:(?!18411)\d+)\/metrics/);

    // Nothing but the wish of its user keeps it running.
    await sleep(500);
    expect((await fetch('http://127.0.0.1:18411/ready')).status).toBe(200);

    const second = spawnNode(fathom, ['up', '--port', '18412', '--data-dir', dir.path], env);
    await expect(second.exited).resolves.toMatchObject({ code: 2 });
    expect(second.output()).toContain('a stack is already running in');

    const before = workerOf(up.pid);
    process.kill(before, 'SIGKILL');
    await up.untilOutput(/worker-1 ended; starting it again/, START);
    await eventually(() => expect(workerOf(up.pid)).not.toBe(before), START);
    await eventually(async () => expect((await fetch(`${metricsUrl}/ready`)).status).toBe(200), START);

    up.kill('SIGINT');
    await expect(up.exited).resolves.toMatchObject({ code: 0 });
    await expect(fetch('http://127.0.0.1:18411/ready')).rejects.toThrow();
    await expect(fetch(`${metricsUrl}/ready`)).rejects.toThrow();
    expect(existsSync(join(dir.path, 'stack.pid'))).toBe(false);
  }, 120_000);
});

/** Process id of the worker among the children of a process. */
function workerOf(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  const worker = children.find((child) =>
    readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('apps/worker'),
  );
  if (worker === undefined) throw new Error(`process ${pid} has no worker yet`);
  return Number(worker);
}
