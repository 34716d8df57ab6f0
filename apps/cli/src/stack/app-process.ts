import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceProcess } from '@fathom/services';
import { repositoryRoot } from '../repository';

export interface AppOptions {
  /** Name for messages and the log file. */
  readonly name: string;
  /** Folder under apps/. */
  readonly app: 'coordinator' | 'worker';
  readonly logs: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: (line: string) => void;
}

const READY_TIMEOUT_MS = 60_000;
/** A worker that is told to stop writes a checkpoint first. */
const GRACE_MS = 30_000;
const MAX_BACK_OFF_MS = 30_000;
/** A process that ran this long has not crashed in a row. */
const STABLE_MS = 60_000;

/** One of our own apps as a child process, started again with growing pauses when it crashes. */
export class AppProcess {
  private stopping = false;
  private readonly wake = new AbortController();

  private constructor(
    private readonly options: AppOptions,
    private process: ServiceProcess,
  ) {}

  static async start(options: AppOptions): Promise<AppProcess> {
    const app = new AppProcess(options, await spawn(options));
    app
      .supervise()
      .catch((error: unknown) => options.log(`${options.name} cannot be started again: ${String(error)}`));
    return app;
  }

  /** Waits until the app answers 200 at `url`. */
  untilReady(url: string): Promise<void> {
    return this.process.untilReady(async () => {
      try {
        return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok;
      } catch {
        // Not listening yet; untilReady gives up in time and shows the log.
        return false;
      }
    }, READY_TIMEOUT_MS);
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.wake.abort();
    await this.process.stop();
  }

  private async supervise(): Promise<void> {
    let crashes = 0;
    for (;;) {
      const began = Date.now();
      await this.process.exited;
      if (this.stopping) return;
      crashes = Date.now() - began > STABLE_MS ? 1 : crashes + 1;
      const pauseMs = Math.min(MAX_BACK_OFF_MS, 500 * 2 ** crashes);
      const log = join(this.options.logs, `${this.options.name}.log`);
      this.options.log(`${this.options.name} ended; starting it again in ${pauseMs / 1000} s (see ${log})`);
      await sleep(pauseMs, undefined, { signal: this.wake.signal }).catch(() => undefined);
      if (this.wake.signal.aborted) return;
      this.process = await spawn(this.options);
    }
  }
}

const spawn = ({ name, app, logs, env }: AppOptions): Promise<ServiceProcess> =>
  ServiceProcess.spawn({
    name,
    command: process.execPath,
    args: ['--no-deprecation', join(repositoryRoot, 'apps', app, 'dist/main.js')],
    logFile: join(logs, `${name}.log`),
    cwd: repositoryRoot,
    env,
    stopSignal: 'SIGTERM',
    graceMs: GRACE_MS,
  });
