import { z } from 'zod';
import { createLogger } from './logger';
import { secret, Secrets } from './secrets';

const schema = z.object({
  REDIS_URL: z.url(),
  KEY: z.string().optional().meta(secret),
  FOLDER: z.string().optional(),
});

describe('Secrets', () => {
  const secrets = Secrets.of(schema, {
    REDIS_URL: 'redis://ada:p%40ss%22word@host:6379',
    KEY: 'key-of-the-store',
    FOLDER: '/data/folder',
  });

  it.each([
    ['the password as it is written', 'AUTH p%40ss%22word', 'AUTH [secret]'],
    ['the password decoded', 'AUTH p@ss"word', 'AUTH [secret]'],
    ['the password in JSON', JSON.stringify({ args: ['ada', 'p@ss"word'] }), '{"args":["ada","[secret]"]}'],
    ['the password as a query has it', 'x?password=p%40ss%22word&b=1', 'x?password=[secret]&b=1'],
    ['a variable that is marked', 'x-key: key-of-the-store', 'x-key: [secret]'],
    [
      'the password of any URL',
      'at postgres://u:other@h/db and s3://h',
      'at postgres://u:[secret]@h/db and s3://h',
    ],
    ['nothing else', 'ada wrote to /data/folder at host:6379', 'ada wrote to /data/folder at host:6379'],
    ['no time of day or port', 'http://host:80/a@b 12:30@x', 'http://host:80/a@b 12:30@x'],
  ])('takes out %s', (_what, text, expected) => expect(secrets.redact(text)).toBe(expected));

  it('takes a marked value out of URLs, however it is encoded there', () => {
    const spaced = Secrets.of(schema, { KEY: 'key of / the store' });
    expect(spaced.redact('a=key+of+%2F+the+store&b=key%20of%20%2F%20the%20store')).toBe(
      'a=[secret]&b=[secret]',
    );
  });

  it('takes each value out of a list of headers', () => {
    const list = Secrets.of(schema, { KEY: 'authorization=Bearer%20abcdef,x-tenant=tenant-seven' });
    expect(list.redact('Bearer abcdef for tenant-seven, x-tenant')).toBe('[secret] for [secret], x-tenant');
  });

  it('reads a password that is written with characters that belong encoded', () => {
    const odd = Secrets.of(schema, { REDIS_URL: 'redis://:sla:sh%zz@host' });
    expect(odd.redact('AUTH sla:sh%zz')).toBe('AUTH [secret]');
  });

  it('keeps them out of a log, in whatever field of an error they stand', () => {
    const lines: string[] = [];
    const destination = { write: (line: string) => void lines.push(line) };
    const error = Object.assign(new Error('WRONGPASS'), { command: { name: 'auth', args: ['p@ss"word'] } });
    createLogger({ name: 'worker', level: 'info', destination, secrets }).warn({ error }, 'Redis');
    expect(lines[0]).toContain('[secret]');
    expect(lines[0]).not.toMatch(/p@ss/);
    expect(() => JSON.parse(lines[0] ?? '') as unknown).not.toThrow();
  });
});
