import { findProgram } from './command.mjs';
import { installProgram } from './system-program.mjs';

/** With which the tests make hosts out of network namespaces; only Linux has them. @type {import('./step.mjs').Step} */
export const hosts = {
  name: 'iproute2',
  optional: true,
  doing: 'installing iproute2 with the package manager of the system',
  present: () => findProgram('ip') ?? (process.platform === 'linux' ? undefined : 'not for this system'),
  run: () =>
    installProgram({
      title: 'iproute2',
      programs: ['ip'],
      packages: { 'apt-get': 'iproute2', dnf: 'iproute', apk: 'iproute2', brew: 'iproute2mac' },
      otherwise: 'Or put a program called ip on the PATH. Without it the test over several hosts is skipped.',
    }),
};
