import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { findExecutable } from './executable';

const run = promisify(execFile);

/** Whom PostgreSQL runs as where this process is root, which PostgreSQL refuses to be. */
export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

const USER = 'postgres';

/** @returns undefined where this process is not root and PostgreSQL runs as the same user */
export async function postgresUser(): Promise<SystemUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  return (await lookUp()) ?? (await create());
}

async function lookUp(): Promise<SystemUser | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', USER]), run('id', ['-g', USER])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined; // `id` fails where there is no such user
  }
}

async function create(): Promise<SystemUser> {
  try {
    await run('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/bin/false', USER]);
  } catch (cause) {
    // Another process may have been quicker; the look-up below decides.
    const user = await lookUp();
    if (user) return user;
    throw new Error(
      `PostgreSQL does not run as root and the user "${USER}" could not be made: run as another user, or set DATABASE_URL`,
      { cause },
    );
  }
  const user = await lookUp();
  if (!user) throw new Error(`the user "${USER}" was made but cannot be found`);
  return user;
}

export interface Invocation {
  readonly command: string;
  readonly args: readonly string[];
}

/**
 * The command line that runs a program as `user`, also where one of the folders above `paths` is closed to that
 * user (a checkout in /root): the program then keeps the one capability that lets it pass.
 */
export async function asUser(
  user: SystemUser,
  command: string,
  args: readonly string[],
  paths: readonly string[],
): Promise<Invocation> {
  const setpriv = findExecutable('setpriv', process.env);
  const closed = await firstClosedFolder(paths, user);
  if (setpriv === undefined)
    throw new Error(
      'PostgreSQL does not run as root and there is no `setpriv` (util-linux) to change the user',
    );
  const keep = closed === undefined ? [] : ['--inh-caps=+dac_override', '--ambient-caps=+dac_override'];
  const identity = [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'];
  return { command: setpriv, args: [...identity, ...keep, '--', command, ...args] };
}

async function firstClosedFolder(paths: readonly string[], user: SystemUser): Promise<string | undefined> {
  for (const path of paths)
    for (let folder = dirname(path); ; folder = dirname(folder)) {
      const { mode, uid, gid } = await stat(folder);
      const search = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
      if ((mode & search) === 0) return folder;
      if (folder === dirname(folder)) break;
    }
  return undefined;
}
