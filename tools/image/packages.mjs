import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../setup/command.mjs';
import { root } from '../setup/paths.mjs';
import { say } from '../setup/step.mjs';

/** @typedef {{ name: string, version: string, path: string, files: readonly string[] }} Workspace a package of this repository */

const manifest = (path) => JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8'));

const folders = () =>
  ['apps', 'libs'].flatMap((parent) =>
    readdirSync(join(root, parent))
      .map((name) => `${parent}/${name}`)
      .filter((path) => existsSync(join(root, path, 'package.json'))),
  );

/** The app and every package of this repository that it is made of. @returns {Workspace[]} */
export function workspacesOf(app) {
  const byName = new Map(folders().map((path) => [manifest(path).name, path]));
  const found = new Map();
  const visit = (path) => {
    if (found.has(path)) return;
    const { name, version, dependencies = {}, files = ['dist'] } = manifest(path);
    found.set(path, { name, version, path, files });
    for (const dependency of Object.keys(dependencies))
      if (byName.has(dependency)) visit(byName.get(dependency));
  };
  visit(`apps/${app}`);
  return [...found.values()];
}

/**
 * Installs what the lock file says the app needs to run.
 *
 * @returns npm's record of what it installed: path -> name, version, integrity, license
 */
export async function installPackages(app, workspaces, target) {
  for (const file of ['package.json', 'package-lock.json', '.npmrc'])
    cpSync(join(root, file), join(target, file));
  // npm compares all of them with the lock file.
  for (const path of folders())
    cpSync(join(root, path, 'package.json'), join(target, path, 'package.json'), { recursive: true });
  await run(
    'npm',
    [
      ...['ci', '--workspace', `@fathom/${app}`, '--omit=dev', '--ignore-scripts'],
      ...['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'],
    ],
    { cwd: target },
  );
  const record = join(target, 'node_modules/.package-lock.json');
  const { packages } = JSON.parse(readFileSync(record, 'utf8'));
  const own = new Set(workspaces.map(({ path }) => path));
  for (const path of folders()) if (!own.has(path)) rmSync(join(target, path), { recursive: true });
  for (const file of ['package-lock.json', '.npmrc', 'node_modules/.package-lock.json'])
    rmSync(join(target, file));
  return packages;
}

/** Compiled code and whatever else `files` of a package names; what only compilers and debuggers read stays behind. */
export function copyCode(workspaces, target) {
  for (const { path, files } of workspaces)
    for (const file of files)
      cpSync(join(root, path, file), join(target, path, file), {
        recursive: true,
        filter: (source) => !/\.(map|tsbuildinfo|d\.ts)$/.test(source),
      });
  say(`code of ${workspaces.length} packages of this repository`);
}
