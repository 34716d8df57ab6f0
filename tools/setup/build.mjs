import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError, run } from './command.mjs';
import { root } from './paths.mjs';
import { hash, readStamp, writeStamp } from './stamp.mjs';
import { SetupError } from './step.mjs';

/** @type {import('./step.mjs').Step} */
export const build = {
  name: 'build',
  doing: 'compiling TypeScript',
  present: () => (isBuilt() && readStamp('build')?.sources === sources() ? 'nothing has changed' : undefined),
  async run() {
    // Taken before the compiler reads the files, so that one saved meanwhile is compiled by the next run.
    const stamp = { sources: sources() };
    const tsc = join(root, 'node_modules/.bin/tsc');
    try {
      await run(tsc, ['--build', 'tsconfig.json'], { cwd: root, quiet: true });
    } catch (error) {
      const said = error instanceof CommandError ? error.output : error.message;
      throw new SetupError(`The sources do not compile:\n${said}`, { cause: error });
    }
    writeStamp('build', stamp);
    return 'compiled';
  },
};

const projects = () =>
  JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8')).references.map(({ path }) =>
    join(root, path),
  );

const isBuilt = () => projects().every((folder) => existsSync(join(folder, 'dist/.tsbuildinfo')));

/** Changes with every change of a source file. */
function sources() {
  const marks = [mark(join(root, 'tsconfig.base.json'))];
  for (const folder of projects()) {
    marks.push(mark(join(folder, 'tsconfig.json')), mark(join(folder, 'package.json')));
    marks.push(...walk(join(folder, 'src')));
  }
  return hash(...marks);
}

function mark(path) {
  const { mtimeMs, size } = statSync(path);
  return `${path} ${mtimeMs} ${size}`;
}

function* walk(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path);
    else yield mark(path);
  }
}
