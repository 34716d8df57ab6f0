import { startRedis, type RunningRedis } from '@fathom/services';
import { makeTempDir, removeTempDir, started } from './temp-dir';

export interface RedisForTests {
  /** redis://127.0.0.1:port, the same after stop() and start(). */
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
  /** Starts it again on the same port, with what it held. */
  start(): Promise<void>;
}

/** A Redis that belongs to the tests of the surrounding `describe` (or file) alone. */
export function useRedis(): RedisForTests {
  let dir: string | undefined;
  let running: RunningRedis | undefined;
  const start = async () => {
    const port = running === undefined ? {} : { port: running.port };
    running = await startRedis({ dir: started('Redis', dir), appendOnly: true, ...port });
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
      return started('Redis', running).url;
    },
    get port() {
      return started('Redis', running).port;
    },
    stop: () => started('Redis', running).stop(),
    start,
  };
}
