import { spawn } from 'node:child_process';
import { eventually, type Patience } from './eventually';

export interface ExitStatus {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface NodeProcess {
  readonly pid: number;
  /** Settles when it has ended and its output is complete. */
  readonly exited: Promise<ExitStatus>;
  /** What it wrote so far, standard output and standard error in the order of arrival. */
  output(): string;
  kill(signal?: NodeJS.Signals): void;
  /** Waits for `pattern` in the output; an error shows the output if it does not come or the process ends. */
  untilOutput(pattern: RegExp, patience?: Patience): Promise<RegExpExecArray>;
}

const running = new Set<NodeProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/**
 * Runs a built program in a process of its own. What a test leaves running is killed when the test process ends.
 *
 * @param env variables on top of this process's; `undefined` takes one away
 */
export const spawnNode = (
  script: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string | undefined>> = {},
): NodeProcess => spawnProgram(process.execPath, [script, ...args], { ...process.env, ...env });

/** The same with any program, which gets these variables and no others. */
export function spawnProgram(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): NodeProcess {
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const script = [program, ...args].join(' ');
  if (child.pid === undefined) throw new Error(`${script} could not be started`);
  let output = '';
  let status: ExitStatus | undefined;
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const exited = new Promise<ExitStatus>((resolve) => {
    child.once('close', (code, signal) => {
      status = { code, signal };
      running.delete(handle);
      resolve(status);
    });
  });
  const handle: NodeProcess = {
    pid: child.pid,
    exited,
    output: () => output,
    kill: (signal = 'SIGTERM') => void child.kill(signal),
    untilOutput: (pattern, patience) => untilOutput(script, pattern, () => ({ output, status }), patience),
  };
  running.add(handle);
  return handle;
}

async function untilOutput(
  script: string,
  pattern: RegExp,
  look: () => { output: string; status: ExitStatus | undefined },
  patience: Patience | undefined,
): Promise<RegExpExecArray> {
  const found = await eventually(() => {
    const { output, status } = look();
    const match = pattern.exec(output);
    if (match !== null || status !== undefined) return { match, output, status };
    throw new Error(`${script} has not written ${String(pattern)} yet, but:\n${output}`);
  }, patience);
  if (found.match) return found.match;
  const how = `code ${String(found.status?.code)}, signal ${String(found.status?.signal)}`;
  throw new Error(`${script} ended (${how}) without writing ${String(pattern)}, but:\n${found.output}`);
}
