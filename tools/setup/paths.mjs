import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** What is kept for all clones of this user: TensorFlow, compiled bindings, data sets. */
export const cacheDir = resolve(
  process.env.FATHOM_CACHE_DIR || join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'fathom'),
);

/** Stamps live in node_modules, so that they vanish with what they vouch for. */
export const stampDir = join(root, 'node_modules', '.fathom');
