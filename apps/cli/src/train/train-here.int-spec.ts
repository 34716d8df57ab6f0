import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { eventually, spawnNode, useTempDir, type NodeProcess } from '@fathom/testkit';
import { exitCodes } from '../exit-codes';

jest.setTimeout(120_000);

const LAST_STEP = 45 * 3;
const recipe = ['--depth', '8', '--width', '0.25', '--data', 'shapes', '--images', '1000', '--batch', '20'];

describe('fathom train --checkpoint-dir', () => {
  const temp = useTempDir();
  const train = (dir: string, ...more: string[]): NodeProcess =>
    spawnNode(
      resolve(__dirname, '../../dist/main.js'),
      [
        'train',
        ...recipe,
        '--test-images',
        '50',
        '--threads',
        '2',
        '--checkpoint-dir',
        join(temp.path, dir),
        ...more,
      ],
      { FATHOM_CACHE_DIR: join(temp.path, 'cache') },
    );
  const hasCheckpoint = (dir: string) =>
    existsSync(join(temp.path, dir)) &&
    readdirSync(join(temp.path, dir)).some((name) => name.endsWith('.json'));
  const lastTensors = (dir: string) =>
    readFileSync(join(temp.path, dir, `step-${String(LAST_STEP)}.safetensors`));
  const untilCheckpoint = (dir: string) => eventually(() => expect(hasCheckpoint(dir)).toBe(true));

  it('goes on by itself after a kill and after Ctrl-C, to the bits of a training in one go', async () => {
    const whole = train('whole');
    expect(await whole.exited).toEqual({ code: 0, signal: null });

    const killed = train('parts', '--checkpoint-every', '1');
    await untilCheckpoint('parts');
    killed.kill('SIGKILL');
    await killed.exited;

    const stopped = train('parts', '--checkpoint-every', '1');
    await stopped.untilOutput(/goes on after step \d+, from the checkpoint in/);
    await stopped.untilOutput(/training, \d+ validation/);
    stopped.kill('SIGINT');
    expect((await stopped.exited).code).toBe(exitCodes.interrupted.code);

    const last = train('parts', '--resume', '--json');
    expect(await last.exited).toEqual({ code: 0, signal: null });
    expect(last.output()).toMatch(/"resumedFromStep": [1-9]/);
    expect(lastTensors('parts').equals(lastTensors('whole'))).toBe(true);

    // There is nothing left to do but to tell the result.
    const again = train('parts');
    await again.exited;
    expect(again.output()).toContain(`goes on after step ${String(LAST_STEP)},`);
    expect(again.output()).not.toMatch(/^epoch 1/m);
    expect(/test accuracy [\d.]+ %/.exec(again.output())?.[0]).toBe(
      /test accuracy [\d.]+ %/.exec(whole.output())?.[0],
    );
  });

  it('refuses the checkpoints of another configuration, and begins anew where it shall', async () => {
    const first = train('other', '--epochs', '1');
    await first.exited;
    const other = train('other', '--epochs', '2');
    expect((await other.exited).code).toBe(exitCodes.usage.code);
    expect(other.output()).toMatch(/given epochs 2, allowed is only what it was made with: epochs 1/);
    expect(other.output()).toMatch(/--no-resume to begin anew/);
    const anew = train('other', '--epochs', '2', '--no-resume');
    expect((await anew.exited).code).toBe(0);
    expect(anew.output()).toMatch(/^epoch 1\/2/m);
  });

  it('lets one training at a time into a folder', async () => {
    const first = train('shared', '--epochs', '1000');
    await untilCheckpoint('shared');
    const second = train('shared', '--epochs', '1000');
    expect((await second.exited).code).toBe(exitCodes.usage.code);
    expect(second.output()).toMatch(/a training is already running in .*shared/);
    first.kill('SIGINT');
    await first.untilOutput(/checkpoint of step \d+ is written; the same command goes on from it/);
    await first.exited;
  });

  it('refuses a network that there is not before it opens the images', async () => {
    const folder = join(temp.path, 'no-classes');
    mkdirSync(folder);
    const refused = spawnNode(resolve(__dirname, '../../dist/main.js'), [
      ...['train', '--depth', '21', '--data', folder, '--epochs', '1'],
    ]);
    expect((await refused.exited).code).toBe(exitCodes.usage.code);
    expect(refused.output()).toMatch(/depth: given 21, allowed is 6n\+2/);
  });

  it.each([
    [['--resume', '--checkpoint-dir', 'nothing-there'], /--resume: there is no checkpoint in /],
    [['--no-resume'], /--no-resume: needs a --checkpoint-dir/],
    [['--checkpoint-every', '5', '--resume'], /--checkpoint-every and --resume: needs a --checkpoint-dir/],
  ])('refuses %j', async (args, message) => {
    const refused = spawnNode(resolve(__dirname, '../../dist/main.js'), [
      'train',
      ...recipe,
      ...args.map((arg) => arg.replace('nothing-there', join(temp.path, 'nothing-there'))),
    ]);
    expect((await refused.exited).code).toBe(exitCodes.usage.code);
    expect(refused.output()).toMatch(message);
  });
});
