import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../setup/paths.mjs';

/**
 * Writes sbom.cdx.json (CycloneDX 1.5): every npm package and wheel of the tree, with its version, licence and the hash by
 * which it was checked when it was downloaded. The packages of the base image are not in it.
 */
export function writeSbom({ app, target, installed, workspaces, wheels }) {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const own = workspaces.map(({ name, version }) => npmComponent({ name, version, license: 'Apache-2.0' }));
  const others = Object.entries(installed)
    .filter(([path, { link }]) => path.includes('node_modules/') && !link && !isPruned(path))
    .map(([path, entry]) => npmComponent({ name: path.split('node_modules/').at(-1), ...entry }));
  const components = [...own, ...others, ...wheels.map(wheelComponent)];
  const document = {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: { component: { type: 'application', name: `fathom-${app}`, version } },
    components: components.sort((a, b) => (a.purl < b.purl ? -1 : a.purl > b.purl ? 1 : 0)),
  };
  writeFileSync(join(target, 'sbom.cdx.json'), `${JSON.stringify(document, null, 1)}\n`);
}

const isPruned = (path) => /node_modules\/(typescript|@typescript\/[^/]+)$/.test(path);

function npmComponent({ name, version, license, integrity }) {
  const [, algorithm, sum] = /^(sha\d+)-(\S+)/.exec(integrity ?? '') ?? [];
  return {
    type: 'library',
    name,
    version,
    purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
    ...(typeof license === 'string' && { licenses: [licenceOf(license)] }),
    ...(sum && {
      hashes: [
        { alg: algorithm.replace('sha', 'SHA-'), content: Buffer.from(sum, 'base64').toString('hex') },
      ],
    }),
  };
}

/** An SPDX identifier, or an expression of several. */
const licenceOf = (license) =>
  /^[A-Za-z0-9.-]+$/.test(license) ? { license: { name: license } } : { expression: license };

const wheelComponent = ({ name, version, sha256 }) => ({
  type: 'library',
  name,
  version,
  purl: `pkg:pypi/${name}@${version}`,
  hashes: [{ alg: 'SHA-256', content: sha256 }],
});
