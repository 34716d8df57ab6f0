import { freemem, totalmem } from 'node:os';
import { availableMemory, cachedFiles, groupStatistics, leftByLimits } from './available-memory';

describe('availableMemory', () => {
  it('is no more than the machine has', () => {
    expect(availableMemory()).toBeGreaterThan(0);
    expect(availableMemory()).toBeLessThanOrEqual(Math.max(freemem(), totalmem()));
  });
});

describe('what a process may take by its own limits', () => {
  const limits = (space: string, data: string) =>
    `Limit                     Soft Limit           Hard Limit           Units\n` +
    `Max data size             ${data}            unlimited            bytes\n` +
    `Max address space         ${space}           unlimited            bytes\n`;
  const status = 'VmPeak:\t  900 kB\nVmSize:\t  1000 kB\nVmData:\t   200 kB\n';

  it.each([
    ['unlimited', 'unlimited', Infinity],
    ['3072000', 'unlimited', 2_048_000],
    ['unlimited', '1024000', 819_200],
    ['3072000', '1024000', 819_200],
    ['1024', 'unlimited', 1024 - 1_024_000],
  ])('address space %s, data %s: %p', (space, data, left) =>
    expect(leftByLimits(limits(space, data), status)).toBe(left),
  );

  it('is not known elsewhere than on Linux', () => expect(leftByLimits('', '')).toBe(Infinity));
});

describe('the control group', () => {
  it('is looked for in both versions', () => {
    expect(groupStatistics('0::/user.slice/a\n')).toEqual([
      '/sys/fs/cgroup/user.slice/a/memory.stat',
      '/sys/fs/cgroup/memory.stat',
    ]);
    expect(groupStatistics('0::/\n')[0]).toBe('/sys/fs/cgroup/memory.stat');
    expect(groupStatistics('5:cpu,memory:/docker/1\n0::/\n')).toEqual([
      '/sys/fs/cgroup/memory/docker/1/memory.stat',
      '/sys/fs/cgroup/memory/memory.stat',
    ]);
  });

  it('gives back the files it has cached', () => {
    expect(cachedFiles('anon 5\ninactive_file 4096\n')).toBe(4096);
    expect(cachedFiles('inactive_file 1\ntotal_inactive_file 8192\n')).toBe(8192);
    expect(cachedFiles('')).toBe(0);
  });
});
