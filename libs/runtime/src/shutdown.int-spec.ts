import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnNode, useTempDir } from '@fathom/testkit';

describe('installShutdown, in a process of its own', () => {
  const dir = useTempDir();
  beforeAll(() => {
    execFileSync('npx', ['tsc', '--build', 'libs/runtime'], { cwd: join(__dirname, '../../..') });
  });

  const run = (body: string) => {
    const file = join(dir.path, `${Math.random().toString(36).slice(2)}.cjs`);
    writeFileSync(
      file,
      `const { createLogger, installShutdown } = require(${JSON.stringify(join(__dirname, '../dist'))});
       const { setTimeout: sleep } = require('node:timers/promises');
       const shutdown = installShutdown({ logger: createLogger({ name: 'test', level: 'info' }), deadlineMs: 2000 });
       setInterval(() => {}, 1000);
       ${body}
       console.log('up');`,
    );
    return spawnNode(file);
  };

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'runs the steps in reverse order on %s and exits with 0',
    async (signal) => {
      const child =
        run(`shutdown.add('first', async () => { await sleep(20); console.log('database closed'); });
                       shutdown.add('second', () => console.log('server closed'));`);
      await child.untilOutput(/^up/m);
      child.kill(signal);
      expect(await child.exited).toEqual({ code: 0, signal: null });
      expect(child.output()).toMatch(/server closed[\s\S]*database closed/);
    },
  );

  it('runs the other steps when one fails, and exits with 1', async () => {
    const child = run(`shutdown.add('first', () => console.log('database closed'));
                       shutdown.add('second', () => { throw new Error('stuck'); });`);
    await child.untilOutput(/^up/m);
    child.kill();
    expect(await child.exited).toEqual({ code: 1, signal: null });
    expect(child.output()).toContain('stuck');
    expect(child.output()).toContain('database closed');
  });

  it('exits with 1 when the deadline passes', async () => {
    const child = run(`shutdown.add('endless', () => new Promise(() => {}));`);
    await child.untilOutput(/^up/m);
    child.kill();
    expect(await child.exited).toEqual({ code: 1, signal: null });
    expect(child.output()).toContain('shutdown took too long');
  });

  it('exits at once on a second signal', async () => {
    const child = run(
      `shutdown.add('endless', () => { console.log('waiting'); return new Promise(() => {}); });`,
    );
    await child.untilOutput(/^up/m);
    child.kill('SIGTERM');
    await child.untilOutput(/waiting/);
    child.kill('SIGINT');
    expect(await child.exited).toEqual({ code: 130, signal: null });
  });

  it('shuts down with 1 on an error that nobody caught', async () => {
    const child = run(`shutdown.add('first', () => console.log('database closed'));
                       setTimeout(() => Promise.reject(new Error('nobody caught me')), 50);`);
    expect(await child.exited).toEqual({ code: 1, signal: null });
    expect(child.output()).toContain('nobody caught me');
    expect(child.output()).toContain('database closed');
  });
});
