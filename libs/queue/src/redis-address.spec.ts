import { parseRedisUrl, RedisUrlError } from './redis-address';
import { redisUrlOf } from './redis-environment';

describe('parseRedisUrl', () => {
  it.each([
    ['redis://localhost', { type: 'single', host: 'localhost', port: 6379, db: 0 }],
    ['redis://10.0.0.1:6380/2', { host: '10.0.0.1', port: 6380, db: 2 }],
    ['rediss://cache.example:6379', { host: 'cache.example', tls: {} }],
    ['redis://user:p%40s:s@h:1/0', { username: 'user', password: 'p@s:s' }],
    ['redis://:secret@h', { password: 'secret' }],
    ['redis://[::1]:6379', { host: '::1' }],
    [
      'redis+sentinel://user:secret@a,b:5000,[::1]:1/mymaster/3?sentinelUsername=guard&sentinelPassword=x%2By',
      {
        type: 'sentinel',
        sentinels: [
          { host: 'a', port: 26_379 },
          { host: 'b', port: 5_000 },
          { host: '::1', port: 1 },
        ],
        ...{ name: 'mymaster', db: 3, username: 'user', password: 'secret' },
        ...{ sentinelUsername: 'guard', sentinelPassword: 'x+y' },
      },
    ],
    [
      'rediss+cluster://:secret@a:7000,b',
      {
        type: 'cluster',
        nodes: [
          { host: 'a', port: 7_000 },
          { host: 'b', port: 6_379 },
        ],
        password: 'secret',
        tls: {},
      },
    ],
  ])('reads %s', (url, expected) => {
    expect(parseRedisUrl(url)).toMatchObject(expected);
  });

  it('knows that there is no TLS where there is none', () => {
    expect(parseRedisUrl('redis://h')).not.toHaveProperty('tls');
    expect(parseRedisUrl('redis+cluster://h?ca=/no/such/file')).not.toHaveProperty('tls');
  });

  it.each([
    ['http://:secret@h', 'must start with redis://'],
    ['secret', 'must start with redis://'],
    ['redis://', 'names no host'],
    ['redis://h/secret', 'must be a database number'],
    ['redis://a:secret', 'names no host'],
    ['redis://a,b', 'names several hosts; allowed is one'],
    ['redis+sentinel://a,b', 'names no master behind its sentinels, as in redis+sentinel://'],
    ['redis+sentinel://a/m/secret', 'must be a database number'],
    ['redis+cluster://a/1', 'names a database; allowed is none'],
    ['rediss://:secret@h?ca=/no/such/file', /FATHOM_REDIS_CA cannot be read: .*ENOENT/],
    ['rediss://:secret@h?cert=/dev/null', 'needs both: FATHOM_REDIS_CERT and FATHOM_REDIS_KEY'],
  ])('refuses %s without repeating it', (url, message) => {
    expect(() => parseRedisUrl(url)).toThrow(RedisUrlError);
    expect(() => parseRedisUrl(url)).toThrow(message);
    expect(() => parseRedisUrl(url)).not.toThrow(/secret/);
  });
});

describe('redisUrlOf', () => {
  it('says what the other variables say, where it matters', () => {
    const guards = { FATHOM_REDIS_SENTINEL_USERNAME: 'guard', FATHOM_REDIS_SENTINEL_PASSWORD: 'a&b' };
    const authority = { FATHOM_REDIS_CA: '/dev/null' };
    expect(redisUrlOf({ REDIS_URL: 'redis://h', ...guards })).toBe('redis://h');
    expect(parseRedisUrl(redisUrlOf({ REDIS_URL: 'rediss://h', ...guards, ...authority }))).toMatchObject({
      tls: { ca: '' },
    });
    expect(parseRedisUrl(redisUrlOf({ REDIS_URL: 'redis+sentinel://h/m', ...guards }))).toMatchObject({
      sentinelUsername: 'guard',
      sentinelPassword: 'a&b',
    });
  });

  it.each(['FATHOM_REDIS_CA', 'FATHOM_REDIS_CERT', 'FATHOM_REDIS_KEY'])(
    'refuses %s where the connection would be without TLS',
    (name) => {
      const env = { REDIS_URL: 'redis+cluster://:secret@h', [name]: '/dev/null' };
      expect(() => redisUrlOf(env)).toThrow(
        new RedisUrlError(`${name} is for TLS, and REDIS_URL says none: it must start with rediss`),
      );
    },
  );
});
