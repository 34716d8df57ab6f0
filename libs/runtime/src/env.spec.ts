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
    const env = { REDIS_URL: 'redis://r', DATABASE_URL: 'x', FATHOM_PORT: ' ', FATHOM_LOG_LEVEL: '' };
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

  it('says what a number that is none must be', () => {
    const env = { REDIS_URL: 'redis://r', DATABASE_URL: 'x', FATHOM_PORT: 'eighty' };
    expect(() => parseEnv(schema, env)).toThrow('FATHOM_PORT: must be a number');
  });

  describe('names that are ours', () => {
    const own = { prefix: 'FATHOM_', known: ['FATHOM_SLOTS', 'FATHOM_THREADS'] };
    const given = (more: Record<string, string>) =>
      parseEnv(schema, { REDIS_URL: 'redis://r', DATABASE_URL: 'x', ...more }, own);

    it('are read by this program or by another', () => {
      expect(given({ FATHOM_SLOTS: '2', FATHOM_PORT: '80', OTHER: '1' })).toMatchObject({ FATHOM_PORT: 80 });
    });

    it('are refused where nobody reads them, with the one that was meant', () => {
      expect(() =>
        given({ FATHOM_SLOT: 'secret', FATHOM_LOGLEVEL: 'info', FATHOM_WHATEVER_IT_IS: '1' }),
      ).toThrow(
        new EnvError([
          { name: 'FATHOM_LOGLEVEL', rule: 'is unknown; is FATHOM_LOG_LEVEL meant?' },
          { name: 'FATHOM_SLOT', rule: 'is unknown; is FATHOM_SLOTS meant?' },
          { name: 'FATHOM_WHATEVER_IT_IS', rule: 'is unknown' },
        ]),
      );
    });

    it('are listed together with what is wrong or missing', () => {
      expect(() => parseEnv(schema, { DATABASE_URL: 'x', FATHOM_SLOT: '2', FATHOM_PORT: '0' }, own)).toThrow(
        /REDIS_URL: is missing\n {2}FATHOM_PORT: .*\n {2}FATHOM_SLOT: is unknown/,
      );
    });

    it('are not those that Kubernetes makes of the names of services', () => {
      const links = {
        FATHOM_COORDINATOR_SERVICE_HOST: '10.0.0.1',
        FATHOM_COORDINATOR_SERVICE_PORT: '8080',
        FATHOM_COORDINATOR_SERVICE_PORT_HTTP: '8080',
        FATHOM_COORDINATOR_PORT: 'tcp://10.0.0.1:8080',
        FATHOM_COORDINATOR_PORT_8080_TCP_ADDR: '10.0.0.1',
      };
      expect(() => given(links)).not.toThrow();
      expect(() => given({ FATHOM_COORDINATOR_PORT: 'tcp://10.0.0.1:8080' })).toThrow('is unknown');
    });
  });

  it('reports a rule over several variables', () => {
    const paired = schema.refine(() => false, 'FATHOM_A needs FATHOM_B');
    expect(() => parseEnv(paired, { REDIS_URL: 'redis://r', DATABASE_URL: 'x' })).toThrow(
      'environment: FATHOM_A needs FATHOM_B',
    );
  });
});
