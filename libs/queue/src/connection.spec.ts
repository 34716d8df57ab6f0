import { parseRedisUrl, RedisUrlError } from './connection';

describe('parseRedisUrl', () => {
  it.each([
    ['redis://localhost', { host: 'localhost', port: 6379, db: 0 }],
    ['redis://10.0.0.1:6380/2', { host: '10.0.0.1', port: 6380, db: 2 }],
    ['rediss://cache.example:6379', { host: 'cache.example', tls: {} }],
    ['redis://user:p%40ss@h:1/0', { username: 'user', password: 'p@ss' }],
    ['redis://:secret@h', { password: 'secret' }],
    ['redis://[::1]:6379', { host: '::1' }],
  ])('reads %s', (url, expected) => {
    expect(parseRedisUrl(url)).toMatchObject(expected);
  });

  it.each([
    ['http://:secret@h', 'must start with redis://'],
    ['secret', 'must start with redis://'],
    ['redis://', 'names no host'],
    ['redis://h/secret', 'must be a database number'],
  ])('refuses %s without repeating it', (url, message) => {
    expect(() => parseRedisUrl(url)).toThrow(RedisUrlError);
    expect(() => parseRedisUrl(url)).toThrow(message);
    expect(() => parseRedisUrl(url)).not.toThrow(/secret/);
  });
});
