import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnNode, useTempDir } from '@fathom/testkit';
import { root } from './use-stack';

jest.setTimeout(240_000);

const SMALL = '--data shapes --depths 8,14 --seeds 1 --epochs 1 --images 200'.split(' ');

describe('fathom demo', () => {
  const dir = useTempDir();
  const demo = (...args: string[]) =>
    spawnNode(join(root, 'tools/fathom.mjs'), ['demo', ...SMALL, '--dir', join(dir.path, 'demo'), ...args]);

  it('trains, ends with leaderboard, table, chart and report, and leaves no process behind', async () => {
    const run = demo();
    const { code } = await run.exited;
    const output = run.output();
    expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' });
    for (const part of ['4 completed', 'Leaderboard', 'Test error by depth', '● residual   ○ plain'])
      expect(output).toContain(part);
    // Six steps teach nothing, and it says so.
    expect(output).toMatch(/Lowest test error: |says nothing of depth/);
    expect(output).not.toContain('Error:');
    const report = readFileSync(join(dir.path, 'demo/report.html'), 'utf8');
    expect(report.match(/<circle/g)?.length).toBeGreaterThanOrEqual(4);
    expect(report).toContain('4 of 4 trials completed');
    expect(processesOf(dir.path)).toEqual([]);
  });

  it('stops everything on Ctrl-C', async () => {
    const run = demo('--epochs', '200');
    await run.untilOutput(/epoch 1\/200/, { timeoutMs: 90_000 });
    expect(processesOf(dir.path).length).toBeGreaterThan(0);
    run.kill('SIGINT');
    expect(await run.exited).toEqual({ code: 130, signal: null });
    expect(processesOf(dir.path)).toEqual([]);
  });
});

/** Processes whose command line or environment names the folder: everything that the demo started, and nothing else. */
function processesOf(folder: string): string[] {
  if (!existsSync('/proc/self/environ')) throw new Error('this test looks for processes in /proc');
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        const all = command + readFileSync(`/proc/${pid}/environ`, 'utf8');
        return all.includes(folder) ? [`${pid} ${command}`] : [];
      } catch {
        // It ended while we looked.
        return [];
      }
    });
}
