import { killsIn, memoryKills } from './memory-kills';

describe('kills for want of memory', () => {
  it.each([
    ['the events of a control group', 'low 0\nhigh 12\nmax 3\noom 4\noom_kill 2\noom_group_kill 1\n', 2],
    ['version 1', 'oom_kill_disable 0\nunder_oom 0\noom_kill 7\n', 7],
    ['the whole machine', 'pgfault 12\noom_kill 0\nnuma_hit 1\n', 0],
    ['an old kernel', 'oom_kill_disable 0\nunder_oom 0\n', undefined],
    ['no file', '', undefined],
  ])('are read of %s', (_what, text, count) => {
    expect(killsIn(text)).toBe(count);
  });

  it('never become fewer', () => {
    const before = memoryKills() ?? 0;
    expect(memoryKills() ?? 0).toBeGreaterThanOrEqual(before);
  });
});
