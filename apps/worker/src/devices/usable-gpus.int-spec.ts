import { openEngine } from '@fathom/engine';
import { createLogger, EnvError } from '@fathom/runtime';
import { spawnNode, useRedis, useTempDir } from '@fathom/testkit';
import { resolve } from 'node:path';
import { usableGpus } from './usable-gpus';

/** Most machines that run tests have none. */
const hasGpu = openEngine().device !== 'cpu';
const title = `GPUs that TensorFlow does not compute on${hasGpu ? ' (skipped: there is one)' : ''}`;

(hasGpu ? describe.skip : describe)(title, () => {
  const redis = useRedis();
  const dir = useTempDir();
  const lines: { msg: string }[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as { msg: string }) };
  const logger = createLogger({ name: 'worker', level: 'info', destination });

  it('are not trained on where nobody asked for them, of which the log speaks', async () => {
    expect(await usableGpus(['0', '1'], false, logger)).toEqual([]);
    expect(lines).toMatchObject([{ gpus: ['0', '1'] }]);
    expect(lines[0]!.msg).toMatch(
      /^TensorFlow 2\.\d+\.\d+ computes on the CPU here: .*; trials train on the CPU$/,
    );
  });

  it('are refused where an operator says that they are there', async () => {
    const refused = usableGpus(['0'], true, logger);
    await expect(refused).rejects.toBeInstanceOf(EnvError);
    await expect(refused).rejects.toThrow(
      /FATHOM_GPUS: given 1, but TensorFlow .* FATHOM_GPUS=0 trains on the CPU/,
    );
  });

  it('end a worker at its start', async () => {
    const worker = spawnNode(resolve(__dirname, '../../dist/main.js'), [], {
      ...{ REDIS_URL: redis.url, FATHOM_METRICS_PORT: '0', FATHOM_CACHE_DIR: dir.path, FATHOM_GPUS: '1' },
    });
    expect(await worker.exited).toEqual({ code: 1, signal: null });
    expect(worker.output()).toMatch(/FATHOM_GPUS: given 1, but TensorFlow/);
  });
});
