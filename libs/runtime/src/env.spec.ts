import { z } from 'zod';
import { EnvError, parseEnv } from './env';

const schema = z.object({
  REDIS_URL: z.url({ protocol: /^rediss?$/, error: 'must be a redis:// or rediss:// URL' }),
  FATHOM_PORT: z.coerce.number().int().min(1).max(65_535).default(3000),
  FATHOM_LOG_LEVEL: z.enum(['info', 'debug']).default('info'),
  DATABASE_URL: z.string(),
});

describe('parseEnv', () => {
  it('reads what the schema names and nothing else', () => {
    const env = {
      REDIS_URL: 'redis://r:6379',
      DATABASE_URL: 'postgres://d',
      FATHOM_PORT: '80',
      HOME: '/root',
    };
    expect(parseEnv(schema, env)).toEqual({
      REDIS_URL: 'redis://r:6379',
      DATABASE_URL: 'postgres://d',
      FATHOM_PORT: 80,
      FATHOM_LOG_LEVEL: 'info',
    });
  });

  it('takes an empty variable as absent', () => {
    const env = { REDIS_URL: 'redis://r', DATABASE_URL: 'x', FATHOM_PORT: '', FATHOM_LOG_LEVEL: '' };
    expect(parseEnv(schema, env)).toMatchObject({ FATHOM_PORT: 3000, FATHOM_LOG_LEVEL: 'info' });
  });

  it('lists every bad variable by name and rule, never by value', () => {
    const env = { REDIS_URL: 'http://secret@host', FATHOM_PORT: '70000', FATHOM_LOG_LEVEL: 'loud' };
    const error = (() => {
      try {
        return parseEnv(schema, env);
      } catch (caught) {
        return caught;
      }
    })();
    expect(error).toBeInstanceOf(EnvError);
    const { problems, message } = error as EnvError;
    expect(problems).toEqual([
      { name: 'REDIS_URL', rule: 'must be a redis:// or rediss:// URL' },
      { name: 'FATHOM_PORT', rule: 'Too big: expected number to be <=65535' },
      { name: 'FATHOM_LOG_LEVEL', rule: 'Invalid option: expected one of "info"|"debug"' },
      { name: 'DATABASE_URL', rule: 'is missing' },
    ]);
    for (const { name, rule } of problems) expect(message).toContain(`${name}: ${rule}`);
    expect(message).not.toMatch(/secret|70000|loud/);
  });

  it('reports a rule over several variables', () => {
    const paired = schema.refine(() => false, 'FATHOM_A needs FATHOM_B');
    expect(() => parseEnv(paired, { REDIS_URL: 'redis://r', DATABASE_URL: 'x' })).toThrow(
      'environment: FATHOM_A needs FATHOM_B',
    );
  });
});
