import { exitFailure } from './exit-failure';
import { LogTail } from './log-tail';
import { SlotPool } from './slots';

describe('exitFailure', () => {
  it.each([
    [null, 'SIGKILL', '', 'out-of-memory'],
    [137, null, '', 'out-of-memory'],
    [1, null, "F0000 mkl_util.h:1485] 'tensor' Must be non NULL", 'out-of-memory'],
    [1, null, 'Status: 1, message: could not create a primitive, in file mkl_conv.cc', 'out-of-memory'],
    [1, null, 'OOM when allocating tensor with shape[128,64]', 'out-of-memory'],
    [null, 'SIGABRT', 'FATAL ERROR: JavaScript heap out of memory', 'out-of-memory'],
    [null, 'SIGILL', '# Fatal javascript OOM in MemoryChunk allocation failed', 'out-of-memory'],
    [null, 'SIGSEGV', '', 'native-crash'],
    [null, 'SIGABRT', 'F tensorflow/core check failed', 'native-crash'],
    [1, null, 'TypeError: x is not a function', 'internal'],
    [null, 'SIGTERM', '', 'internal'],
  ])('takes code %p, signal %p, log %p for %s', (code, signal, log, failureClass) => {
    const failure = exitFailure({ code, signal, log });
    expect(failure.class).toBe(failureClass);
    expect(failure.log).toBe(log);
    expect(failure.message).not.toBe('');
  });

  const short = { predictedBytes: 2e9, availableBytes: 1e9 };
  it.each([
    ['SIGSEGV', short, 'out-of-memory'],
    ['SIGABRT', short, 'out-of-memory'],
    ['SIGILL', short, 'native-crash'],
    ['SIGSEGV', { ...short, availableBytes: 3e9 }, 'native-crash'],
    ['SIGSEGV', { ...short, availableBytes: null }, 'native-crash'],
    ['SIGKILL', { ...short, availableBytes: 3e9 }, 'out-of-memory'],
    ['SIGTERM', short, 'out-of-memory'],
    ['SIGTERM', { ...short, availableBytes: 3e9 }, 'internal'],
  ])('takes %s with %j for %s, with the facts where they matter', (signal, memory, failureClass) => {
    const failure = exitFailure({ code: null, signal, log: '', memory });
    expect(failure.class).toBe(failureClass);
    expect(failure.memory).toEqual(failureClass === 'out-of-memory' ? memory : undefined);
    if (failure.memory) expect(failure.message).toMatch(/2000 MB were predicted, \d000 MB were available/);
  });
});

describe('a process that was killed', () => {
  const killed = { code: null, signal: 'SIGKILL', log: '' };
  const memory = { predictedBytes: 2e9, availableBytes: 3e9 };
  it.each([
    ['the kernel killed for want of memory', { wasKillForMemory: true, memory }, 'out-of-memory'],
    ['nobody knows', { memory }, 'out-of-memory'],
    ['the kernel killed nobody', { wasKillForMemory: false, memory }, 'lost-worker'],
    ['it got not far enough to say', { wasKillForMemory: false }, 'lost-worker'],
    [
      'it had too little from the beginning',
      { wasKillForMemory: false, memory: { ...memory, availableBytes: 1e9 } },
      'out-of-memory',
    ],
  ])('ran out of memory or was lost: %s', (_what, known, failureClass) => {
    expect(exitFailure({ ...killed, ...known }).class).toBe(failureClass);
  });
});

describe('LogTail', () => {
  it('keeps the last lines, each cut to its length', () => {
    const tail = new LogTail(2, 5);
    for (const line of ['first', 'second', 'third']) tail.add(line);
    expect(tail.text()).toBe('secon\nthird');
  });
});

describe('SlotPool', () => {
  it('shares GPUs in turn and takes slots back, also after a failure', async () => {
    const pool = new SlotPool(3, ['0', '1']);
    const gpus: (string | undefined)[] = [];
    await pool.use(async (a) =>
      pool.use((b) =>
        pool.use(async (c) => {
          gpus.push(a.gpu, b.gpu, c.gpu);
          await expect(pool.use(() => Promise.resolve())).rejects.toThrow('all 3 slots are taken');
        }),
      ),
    );
    await expect(pool.use(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(gpus).toEqual(['0', '1', '0']);
    expect(pool.freeCount).toBe(3);
  });

  it('has no GPU to give on a machine without one', async () => {
    expect(await new SlotPool(1, []).use((slot) => Promise.resolve(slot))).toEqual({ index: 0 });
  });
});
