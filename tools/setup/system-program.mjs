// Programs that come from the system's package manager.
import { findProgram, run, succeeds } from './command.mjs';
import { SetupError } from './step.mjs';

/** How each package manager is asked, without a question back. */
const managers = [
  {
    program: 'apt-get',
    // RUNLEVEL=1: do not start a service of the system on installing it; Fathom starts its own.
    env: ['env', 'DEBIAN_FRONTEND=noninteractive', 'RUNLEVEL=1'],
    commands: (name) => [
      ['apt-get', 'update', '-qq'],
      ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', name],
    ],
  },
  { program: 'dnf', env: [], commands: (name) => [['dnf', 'install', '-y', '-q', name]] },
  { program: 'apk', env: [], commands: (name) => [['apk', 'add', '-q', name]] },
  { program: 'brew', env: [], asUser: true, commands: (name) => [['brew', 'install', '-q', name]] },
];

/**
 * @param {{ title: string, programs: readonly string[], packages: Record<string, string>, otherwise: string }} what
 *   `packages` by package manager
 * @returns {Promise<string>} what was done, in words
 * @throws SetupError with the commands to run, where the user may not install it
 */
export async function installProgram({ title, programs, packages, otherwise }) {
  const manager = managers.find(({ program }) => findProgram(program));
  if (!manager)
    throw new SetupError(
      `${title} was not found and this system has no package manager we know.\n${otherwise}`,
    );
  const commands = manager.commands(packages[manager.program]);
  const prefix = rights(manager);
  if (!prefix)
    throw new SetupError(`${title} was not found. Install it:\n${manual(commands, 'sudo ')}\n${otherwise}`);
  try {
    for (const [i, command] of commands.entries()) {
      const [program, ...args] = [...prefix, ...manager.env, ...command];
      const running = run(program, args, { quiet: true });
      // Only the last one installs. Fetching the package lists fails where one of many sources is broken.
      await (i < commands.length - 1 ? running.catch(() => undefined) : running);
    }
  } catch (error) {
    throw new SetupError(
      `${title} could not be installed: ${error.message}\nTry:\n${manual(commands, '')}\n${otherwise}`,
      {
        cause: error,
      },
    );
  }
  const path = findProgram(...programs);
  if (!path) throw new SetupError(`${title} was installed but is not on the PATH.\n${otherwise}`);
  return `installed with ${manager.program} (${path})`;
}

/** What goes before a command to run it with the rights it needs; undefined where the user has none. */
function rights({ asUser = false }) {
  if (asUser || process.getuid?.() === 0) return [];
  return findProgram('sudo') && succeeds('sudo', '-n', 'true') ? ['sudo', '-n'] : undefined;
}

const manual = (commands, prefix) => commands.map((command) => `  ${prefix}${command.join(' ')}`).join('\n');
