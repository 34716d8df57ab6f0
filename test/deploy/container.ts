import { execFileSync, spawnSync } from 'node:child_process';
import {
  chownSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { spawnProgram, type NodeProcess } from '@fathom/testkit';

const USER = 10_001;
/** What a Debian image has of libraries that Node.js and TensorFlow ask for. */
const PACKAGES = ['libc6', 'libgcc-s1', 'libstdc++6'];
const WRITABLE = ['tmp', 'var/cache/fathom', 'var/lib/fathom'];

/** Why no container can be imitated here, or undefined. */
export function whyNoContainers(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root may mount and change the user';
  const works = spawnSync('unshare', [
    '--mount',
    '--propagation',
    'private',
    'mount',
    '-t',
    'tmpfs',
    'none',
    '/mnt',
  ]);
  if (works.status !== 0) return 'nothing can be mounted here';
  const debian = spawnSync('dpkg-query', ['--listfiles', ...PACKAGES]);
  return debian.status === 0 ? undefined : 'this is no Debian, of which the images are made';
}

/**
 * A folder that is the root of what runs in it: /app, Node.js, the C and C++ libraries of a bare Debian, and nothing else.
 * All of it is read-only but /tmp and the folders of the image that are the user's.
 */
export class Container {
  constructor(private readonly root: string) {
    for (const folder of [...WRITABLE, 'app', 'proc', 'dev', 'etc', 'usr/lib', 'usr/lib64', 'usr/local/bin'])
      mkdirSync(join(root, folder), { recursive: true });
    for (const name of ['lib', 'lib64']) symlinkSync(`usr/${name}`, join(root, name));
    const listed = execFileSync('dpkg-query', ['--listfiles', ...PACKAGES], { encoding: 'utf8' }).split('\n');
    for (const file of listed.filter((path) => /^(\/usr)?\/lib(64)?\/.*\.so[.\d]*$/.test(path)))
      copy(file, this.inside(file));
    copyFileSync(process.execPath, join(root, 'usr/local/bin/node'));
    writeFileSync(
      join(root, 'etc/passwd'),
      `fathom:x:${String(USER)}:${String(USER)}::/nonexistent:/usr/sbin/nologin\n`,
    );
  }

  /** Where the image has its code. */
  get app(): string {
    return join(this.root, 'app');
  }

  /** Path from outside of a file of the container. */
  inside(path: string): string {
    return join(this.root, path.replace(/^\/(?=lib)/, '/usr/'));
  }

  /** Runs a program of it, in /app, as the image's user, with these variables and no others. */
  run(command: readonly string[], env: Readonly<Record<string, string>>): NodeProcess {
    for (const folder of WRITABLE) chownSync(join(this.root, folder), USER, USER);
    const script = [
      'mount --bind "$1" "$1"',
      ...WRITABLE.map((folder) => `mount --bind "$1/${folder}" "$1/${folder}"`),
      'mount -o remount,bind,ro "$1"',
      ...['proc', 'dev'].map((folder) => `mount --rbind /${folder} "$1/${folder}"`),
      'root=$1; shift',
      `exec setpriv --no-new-privs unshare --root "$root" --wd /app --setgid ${String(USER)} --setuid ${String(USER)} "$@"`,
    ].join('\n');
    const args = ['--mount', '--propagation', 'private', 'sh', '-ec', script, 'sh', this.root];
    return spawnProgram('unshare', [...args, ...command], {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      ...env,
    });
  }
}

/** A file, or the link that leads to it. */
function copy(from: string, to: string): void {
  if (existsSync(to)) return;
  mkdirSync(dirname(to), { recursive: true });
  if (lstatSync(from).isSymbolicLink()) symlinkSync(readlinkSync(from), to);
  else copyFileSync(from, to);
}
