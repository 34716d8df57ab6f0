import { LogMatcher, logPoliciesSchema, logPolicySchema } from './log-policy';

const policy = (pattern: string, name = 'broken-gpu') => ({ name, pattern, action: 'excludeNode' }) as const;

describe('log policies', () => {
  it.each(['(?=x)', '\\1', 'a(', 'x'.repeat(301), '(a{1000}){1000}', ''])(
    'refuse the pattern %s',
    (pattern) => {
      expect(logPolicySchema.safeParse(policy(pattern)).success).toBe(false);
    },
  );

  it('say what is wrong with a pattern', () => {
    const { error } = logPolicySchema.safeParse(policy('a('));
    expect(error?.issues[0]).toMatchObject({
      path: ['pattern'],
      message: 'not a regular expression of RE2: error parsing regexp: missing closing ): `a(`',
    });
  });

  it('have each name once', () => {
    const { error } = logPoliciesSchema.safeParse([policy('a'), policy('b')]);
    expect(error?.issues[0]).toMatchObject({ path: [1, 'name'] });
  });

  it('remember the first line that matches each', () => {
    const gpu = policy('(?i)ecc error.*gpu [0-9]+');
    const bus = policy('^bus$', 'bus');
    const matcher = new LogMatcher([gpu, bus, policy('never', 'other')]);
    for (const line of ['fine', 'bus', 'ECC error on GPU 3', 'ECC error on GPU 4']) matcher.read(line);
    expect(matcher.matches).toEqual([
      { policy: bus, line: 'bus' },
      { policy: gpu, line: 'ECC error on GPU 3' },
    ]);
  });

  it('take linear time for the patterns that others hang on, and look at so much of a line', () => {
    const matcher = new LogMatcher([policy('(a+)+$'), policy('(a*)*(a*)*b', 'two'), policy('end$', 'three')]);
    const began = performance.now();
    for (let line = 0; line < 20; line++) matcher.read(`${'a'.repeat(100_000)}!`);
    expect(performance.now() - began).toBeLessThan(2_000);
    matcher.read(`${'x'.repeat(1_000)}end`);
    expect(matcher.matches.map(({ policy: { name } }) => name)).toEqual(['broken-gpu']);
  });
});
