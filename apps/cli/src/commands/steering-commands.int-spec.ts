import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { problem, type SweepDetail } from '@fathom/contracts';
import { aSweepSpec } from '@fathom/testkit';
import { runFathom } from '../main';
import { inOneLine } from './steering-commands';

const id = '7f8c2f0e-58b5-4b53-8f6e-9d2b5d1f0a11';
const none = {
  queued: 0,
  running: 0,
  paused: 0,
  completed: 0,
  stopped: 0,
  diverged: 0,
  failed: 0,
  cancelled: 0,
};
const sweep: SweepDetail = {
  ...{ id, name: 'depth-study', state: 'paused', reason: 'paused by Ada', plannedTrials: 8, progress: 0.5 },
  ...{ trials: { ...none, completed: 3, failed: 1, queued: 2, paused: 2 }, best: null, endedAt: null },
  ...{ createdAt: '2026-01-01T00:00:00.000Z', spec: aSweepSpec() },
};

describe('the commands that steer', () => {
  const asked: { url?: string | undefined; key: unknown; body: unknown }[] = [];
  let answer: { status: number; body: unknown };
  let server: Server;
  let printed: string;
  beforeAll(async () => {
    server = createServer((request, response) => {
      let text = '';
      request.on('data', (part) => (text += String(part)));
      request.on('end', () => {
        asked.push({ url: request.url, key: request.headers['idempotency-key'], body: JSON.parse(text) });
        response
          .writeHead(answer.status, { 'content-type': 'application/json' })
          .end(JSON.stringify(answer.body));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => server.close());
  beforeEach(() => {
    asked.length = 0;
    printed = '';
    answer = { status: 200, body: sweep };
    process.exitCode = 0;
    for (const stream of [process.stdout, process.stderr])
      jest.spyOn(stream, 'write').mockImplementation((text) => {
        printed += String(text);
        return true;
      });
  });
  afterEach(() => {
    jest.restoreAllMocks();
    process.exitCode = 0;
  });
  const fathom = async (...args: string[]) => {
    const { port } = server.address() as AddressInfo;
    await runFathom(['node', 'fathom', ...args, '--url', `http://127.0.0.1:${String(port)}`]);
    return process.exitCode;
  };

  it.each<[string, string[], string, object]>([
    ['pause', ['--by', 'Ada', '--reason', 'tea'], 'pause', { by: 'Ada', reason: 'tea' }],
    ['resume', [], 'resume', {}],
    ['cancel', [], 'cancel', {}],
    ['rerun', ['--trials', '3,17'], 'rerun-failed', { trials: [3, 17] }],
    ['rerun', [], 'rerun-failed', {}],
    [
      'extend',
      ['--trials', '9', '--budget', '{ maxDeviceHours: null }', '--idempotency-key', 'k'],
      'extend',
      { trials: 9, budget: { maxDeviceHours: null } },
    ],
    ['extend', ['--space', 'depth: [8, 14]'], 'extend', { space: { depth: [8, 14] } }],
    [
      'clone',
      ['--name', 'two', '--trials', '9', '--changes', '{ search: { seed: 2 } }', '--warm-start'],
      'clone',
      { changes: { name: 'two', search: { seed: 2, trials: 9 } }, warmStart: true },
    ],
  ])('%s %j', async (command, args, operation, body) => {
    const key = args.includes('--idempotency-key') ? 'k' : undefined;
    expect(await fathom(command, id, ...args)).toBe(0);
    expect(asked).toEqual([{ url: `/v1/sweeps/${id}/${operation}`, key, body }]);
    expect(printed).toBe(`${inOneLine(sweep)}\n`);
  });

  it('say what was refused, and exit with 4', async () => {
    answer = { status: 409, body: problem('state-conflict', 'sweep x is completed') };
    expect(await fathom('pause', id)).toBe(4);
    expect(printed).toContain('sweep x is completed');
  });

  it('exit with 2 for a value that is none', async () => {
    expect(await fathom('extend', id, '--trials', 'many')).toBe(2);
    expect(await fathom('extend', id, '--space', '[1]')).toBe(2);
    expect(asked).toEqual([]);
  });
});

describe('inOneLine', () => {
  it('says how far the sweep is, and why it stands', () => {
    expect(inOneLine(sweep)).toBe(
      `sweep ${id} is paused: 4 of 8 trials have ended, 0 running, 2 queued, 2 at a rung (paused by Ada)`,
    );
  });
});
