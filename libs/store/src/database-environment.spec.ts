import { databaseUrlOf } from './database-environment';

const HERE = __filename;
const parametersOf = (url: string) => Object.fromEntries(new URL(url).searchParams);

describe('databaseUrlOf', () => {
  it.each([
    ['postgres://u:secret@h/db', {}, {}],
    ['postgres://h/db?sslmode=disable', {}, { sslmode: 'disable' }],
    ['postgres://h/db?sslmode=no-verify', {}, { sslmode: 'no-verify' }],
    ['postgres://h/db?sslmode=require', {}, { sslmode: 'verify-full' }],
    ['postgres://h/db', { FATHOM_DATABASE_CA: HERE }, { sslmode: 'verify-full', sslrootcert: HERE }],
    [
      'postgres://h/db?sslmode=verify-ca',
      { FATHOM_DATABASE_CERT: HERE, FATHOM_DATABASE_KEY: HERE },
      { sslmode: 'verify-full', sslcert: HERE, sslkey: HERE },
    ],
  ])('makes of %s with %j what pg understands', (DATABASE_URL, more, expected) => {
    expect(parametersOf(databaseUrlOf({ DATABASE_URL, ...more }))).toEqual(expected);
  });

  it.each([
    ['?sslmode=sometimes', {}, /allowed are disable, no-verify, prefer/],
    ['', { FATHOM_DATABASE_CA: '/no/such/file' }, /FATHOM_DATABASE_CA cannot be read: .*ENOENT/],
    ['', { FATHOM_DATABASE_KEY: HERE }, /needs both: FATHOM_DATABASE_CERT and FATHOM_DATABASE_KEY/],
    ['?sslmode=disable', { FATHOM_DATABASE_CA: HERE }, /sslmode=disable, and the other variables/],
  ])('refuses %s with %j, without the password', (query, more, reason) => {
    const read = () => databaseUrlOf({ DATABASE_URL: `postgres://u:hush@h/db${query}`, ...more });
    expect(read).toThrow(reason);
    expect(read).not.toThrow(/hush/);
  });
});
