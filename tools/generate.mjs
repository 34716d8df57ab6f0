#!/usr/bin/env node
// Makes the files again that are generated from the sources and committed. With --check nothing is changed, and a
// file that would change is an error. Needs a build.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { run } from './setup/command.mjs';
import { root } from './setup/paths.mjs';

const store = join(root, 'libs/store');
const generators = [
  {
    what: 'the description of the REST API',
    output: 'apps/coordinator/openapi.json',
    make: () => run(process.execPath, ['apps/coordinator/dist/write-openapi.js'], { cwd: root, quiet: true }),
  },
  {
    what: 'the migrations of the database schema',
    output: 'libs/store/migrations',
    make: async () => {
      const said = await run(join(root, 'node_modules/.bin/drizzle-kit'), ['generate'], {
        cwd: store,
        quiet: true,
      });
      // It ends with 0 also where it breaks down.
      if (!/No schema changes|Your SQL migration file/.test(said))
        throw new Error(`drizzle-kit generate:\n${said}`);
    },
  },
  {
    what: 'the page of environment variables',
    output: 'docs/configuration.md',
    make: () => run(process.execPath, ['tools/configuration-page.mjs'], { cwd: root, quiet: true }),
  },
  {
    what: 'the page of metrics',
    output: 'docs/metrics.md',
    make: () => run(process.execPath, ['tools/metrics-page.mjs'], { cwd: root, quiet: true }),
  },
  {
    what: 'the boards of Grafana',
    output: 'deploy/grafana/boards',
    // Not part of the build: whoever trains or coordinates has no use for them.
    make: async () => {
      const tsc = join(root, 'node_modules/.bin/tsc');
      await run(tsc, ['--build', 'deploy/grafana/tsconfig.json'], { cwd: root, quiet: true });
      await run(process.execPath, ['deploy/grafana/dist/write-boards.js'], { cwd: root, quiet: true });
    },
  },
  {
    what: 'rules and boards in the chart',
    output: 'deploy/helm/fathom/files',
    make: () => run(process.execPath, ['tools/chart-files.mjs'], { cwd: root, quiet: true }),
  },
];

const check = process.argv.includes('--check');
const keep = mkdtempSync(join(tmpdir(), 'fathom-generate-'));
let stale = 0;
try {
  for (const { what, output, make } of generators) {
    const path = join(root, output);
    const kept = join(keep, basename(output));
    const before = contents(path);
    cpSync(path, kept, { recursive: true });
    await make();
    const changed = difference(before, contents(path));
    if (check) {
      rmSync(path, { recursive: true });
      cpSync(kept, path, { recursive: true });
    }
    if (changed.length === 0) console.log(`${what}: up to date`);
    else console.log(`${what}: ${check ? 'out of date' : 'written'}: ${changed.join(', ')}`);
    stale += changed.length;
  }
} finally {
  rmSync(keep, { recursive: true, force: true });
}
if (check && stale > 0) {
  console.log('Run "npm run generate" and commit the result.');
  process.exitCode = 1;
}

/** Path inside the repository -> contents, of a file or of all files of a folder. */
function contents(path, into = new Map()) {
  if (statSync(path).isDirectory()) for (const name of readdirSync(path)) contents(join(path, name), into);
  else into.set(relative(root, path), readFileSync(path, 'utf8'));
  return into;
}

function difference(before, after) {
  return [...new Set([...before.keys(), ...after.keys()])].filter(
    (path) => before.get(path) !== after.get(path),
  );
}
