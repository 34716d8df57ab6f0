import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** What is read by compilers, debuggers and people only. */
const UNUSED = /\.(map|d\.[cm]?ts|md|markdown|flow|tsbuildinfo)$/i;
const KEPT = /licen[cs]e|notice|copying/i;

/** Whole packages and folders that are there for building. */
const folders = [
  // Optional peers of @nestjs/swagger and valibot, installed because this repository is compiled with them.
  'typescript',
  '@typescript',
  '.bin',
  // The sources of the binding, and what would download another.
  '@tensorflow/tfjs-node-gpu/binding',
  '@tensorflow/tfjs-node-gpu/deps',
  '@tensorflow/tfjs-node-gpu/scripts',
  '@tensorflow/tfjs-node-gpu/src',
];

/** Takes out of node_modules what no program reads when it runs. Licences stay. */
export function prunePackages(target) {
  const modules = join(target, 'node_modules');
  for (const folder of folders) rmSync(join(modules, folder), { recursive: true, force: true });
  prune(modules);
}

function prune(folder) {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) prune(path);
    else if (entry.isFile() && UNUSED.test(entry.name) && !KEPT.test(entry.name)) rmSync(path);
  }
}
