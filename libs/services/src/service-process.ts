import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ServiceCommand {
  /** Name for messages, such as "Redis". */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** stdout and stderr are appended here. */
  readonly logFile: string;
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** The signal this program takes as "finish now, in order". */
  readonly stopSignal: 'SIGTERM' | 'SIGINT';
  readonly graceMs?: number;
}

/** Wait for the end: a service that was told to stop and has not after this long is killed. */
const GRACE_MS = 10_000;
const PROBE_INTERVAL_MS = 25;
const LOG_TAIL_LINES = 15;

/**
 * Ends the service ($1, with signal $2) as soon as its standard input closes, which the kernel does for us when
 * this process ends in any way, SIGKILL included.
 */
const WATCHDOG = `read -r _
kill -s "$2" "$1" 2>/dev/null || exit 0
for _ in 1 2 3 4 5 6 7 8 9 10; do sleep 0.5; kill -0 "$1" 2>/dev/null || exit 0; done
kill -s KILL "$1"`;

/** A program that lives exactly as long as somebody needs it: until stop(), or until this process ends. */
export class ServiceProcess {
  readonly pid: number;
  /** Settles when the program has ended, for whatever reason. */
  readonly exited: Promise<void>;
  private ended = false;
  private stopping: Promise<void> | undefined;

  private constructor(
    private readonly child: ChildProcess,
    pid: number,
    private readonly spec: ServiceCommand,
  ) {
    this.pid = pid;
    const watchdog = startWatchdog(pid, spec.stopSignal);
    this.exited = new Promise((resolve) => {
      child.once('exit', () => {
        this.ended = true;
        watchdog.kill('SIGKILL');
        resolve();
      });
    });
    child.unref();
  }

  /** @throws Error if the program cannot be executed */
  static async spawn(spec: ServiceCommand): Promise<ServiceProcess> {
    const log = openSync(spec.logFile, 'a', 0o600);
    try {
      // Detached: Ctrl-C in the terminal reaches this process only, which then stops its services in order.
      const child = spawn(spec.command, spec.args, {
        cwd: spec.cwd,
        env: spec.env ?? process.env,
        stdio: ['ignore', log, log],
        detached: true,
      });
      await new Promise<void>((resolve, reject) => {
        child.once('spawn', resolve);
        child.once('error', (error) =>
          reject(new Error(`${spec.name} could not be started (${spec.command}): ${error.message}`)),
        );
      });
      if (child.pid === undefined) throw new Error(`${spec.name} could not be started (${spec.command})`);
      return new ServiceProcess(child, child.pid, spec);
    } finally {
      closeSync(log);
    }
  }

  hasEnded(): boolean {
    return this.ended;
  }

  /** Ends the program and waits until it is gone. May be called any number of times. */
  stop(): Promise<void> {
    this.stopping ??= this.end();
    return this.stopping;
  }

  private async end(): Promise<void> {
    if (this.ended) return;
    this.child.ref();
    this.child.kill(this.spec.stopSignal);
    const killer = setTimeout(() => this.child.kill('SIGKILL'), this.spec.graceMs ?? GRACE_MS);
    await this.exited;
    clearTimeout(killer);
  }

  /**
   * Waits until `probe` says yes.
   *
   * @throws Error with the end of the service's log if it ends first or is not ready within `timeoutMs`; the
   *   service is stopped then
   */
  async untilReady(probe: () => Promise<boolean>, timeoutMs: number): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!(await probe())) {
      if (this.ended) throw await this.failure(`${this.spec.name} ended while starting`);
      if (Date.now() > deadline) {
        const error = await this.failure(`${this.spec.name} was not ready after ${timeoutMs} ms`);
        await this.stop();
        throw error;
      }
      await sleep(PROBE_INTERVAL_MS);
    }
  }

  private async failure(what: string): Promise<Error> {
    return new Error(`${what}. The end of ${this.spec.logFile}:\n${await logTail(this.spec.logFile)}`);
  }
}

function startWatchdog(pid: number, signal: 'SIGTERM' | 'SIGINT'): ChildProcess {
  const watchdog = spawn('sh', ['-c', WATCHDOG, 'sh', String(pid), signal.slice('SIG'.length)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watchdog.unref();
  // A pipe is a socket to Node; neither it nor the watchdog may keep this process alive.
  if (watchdog.stdin instanceof Socket) watchdog.stdin.unref();
  return watchdog;
}

async function logTail(file: string): Promise<string> {
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  return lines.slice(-LOG_TAIL_LINES).join('\n');
}
