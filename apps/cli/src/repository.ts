import { resolve } from 'node:path';

/** The repository: the apps, deploy/ and node_modules lie in it. Holds for src/ and for dist/. */
export const repositoryRoot = resolve(__dirname, '../../..');
