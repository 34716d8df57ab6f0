import { findProgram } from './command.mjs';
import { installProgram } from './system-program.mjs';

const programs = ['chromium', 'chromium-browser', 'google-chrome'];

/** In which the tests load an exported model. @type {import('./step.mjs').Step} */
export const browser = {
  name: 'Chromium',
  optional: true,
  doing: 'installing Chromium with the package manager of the system',
  present: () => findProgram(...programs),
  run: () =>
    installProgram({
      title: 'chromium',
      programs,
      packages: { 'apt-get': 'chromium', dnf: 'chromium', apk: 'chromium', brew: 'chromium' },
      otherwise: 'Or put a program called chromium on the PATH. Without it the test in a browser is skipped.',
    }),
};
