import { makeTempDir, removeTempDir, started } from './temp-dir';

interface RunningService {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

export interface ServiceForTests {
  /** The same after stop() and start(). */
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
  /** Starts it again on the same port, with what it held. */
  start(): Promise<void>;
}

/**
 * A service with a folder of its own that runs from beforeAll to afterAll of the surrounding `describe` (or file).
 *
 * @param run starts it; without a port, on a free one
 */
export function useService(
  name: string,
  run: (options: { readonly dir: string; readonly port?: number }) => Promise<RunningService>,
): ServiceForTests {
  let dir: string | undefined;
  let running: RunningService | undefined;
  const start = async () => {
    const port = running === undefined ? {} : { port: running.port };
    running = await run({ dir: started(name, dir), ...port });
  };
  beforeAll(async () => {
    dir = makeTempDir();
    await start();
  });
  afterAll(async () => {
    await running?.stop();
    if (dir !== undefined) removeTempDir(dir);
  });
  return {
    get url() {
      return started(name, running).url;
    },
    get port() {
      return started(name, running).port;
    },
    stop: () => started(name, running).stop(),
    start,
  };
}
