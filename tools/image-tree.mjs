#!/usr/bin/env node
// Puts together what an image runs, and nothing else: the packages of one app without those that only build or test it,
// its own code, for a worker TensorFlow with the binding, and a list of all of it (sbom.cdx.json).
//   node tools/image-tree.mjs coordinator|worker FOLDER [--device=cpu|gpu] [--link]
// Needs npm, a build (npm run build), and for a worker pip and a C++ compiler, none of which is in the result.
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { copyCode, installPackages, workspacesOf } from './image/packages.mjs';
import { prunePackages } from './image/prune.mjs';
import { writeSbom } from './image/sbom.mjs';
import { addTensorflow } from './image/tensorflow.mjs';
import { root } from './setup/paths.mjs';
import { say, SetupError } from './setup/step.mjs';

const apps = ['coordinator', 'worker'];
const devices = ['cpu', 'gpu'];

const options = process.argv.slice(2).filter((argument) => argument.startsWith('--'));
const [app, folder, ...others] = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const device = options.find((option) => option.startsWith('--device='))?.slice('--device='.length) ?? 'cpu';
const unknown = options.filter((option) => option !== '--link' && !option.startsWith('--device='));

if (!apps.includes(app) || !folder || others.length > 0 || unknown.length > 0 || !devices.includes(device)) {
  say('usage: node tools/image-tree.mjs coordinator|worker FOLDER [--device=cpu|gpu] [--link]');
  process.exit(2);
}

/** @param {{ target: string, link: boolean }} where link: large files are not copied but linked, where they can be */
async function makeTree({ target, link }) {
  if (existsSync(target) && readdirSync(target).length > 0)
    throw new SetupError(`${target} is not empty: name a folder that is, or none yet`);
  if (!existsSync(join(root, 'apps', app, 'dist/main.js')))
    throw new SetupError(`apps/${app} is not built:\n  npm run build`);
  mkdirSync(target, { recursive: true });
  const workspaces = workspacesOf(app);
  say(`packages of ${app}`);
  const installed = await installPackages(app, workspaces, target);
  copyCode(workspaces, target);
  prunePackages(target);
  const wheels = app === 'worker' ? await addTensorflow(device, target, { link, say }) : [];
  writeSbom({ app, target, installed, workspaces, wheels });
  say(`${target} has what the image of the ${app} runs`);
}

try {
  await makeTree({ target: resolve(folder), link: options.includes('--link') });
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  say(error.message);
  process.exitCode = 1;
}
