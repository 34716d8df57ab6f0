import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPrometheus, startPrometheus, type RunningPrometheus } from './prometheus';

const configText = 'global:\n  scrape_interval: 1s\n';

describe('startPrometheus', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'fathom-prometheus-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('says what is missing where there is none', async () => {
    expect(findPrometheus({ PATH: dir })).toBeUndefined();
    await expect(startPrometheus({ dir, configText, env: { PATH: dir } })).rejects.toThrow(
      'prometheus was not found on the PATH',
    );
  });

  const suite = findPrometheus() === undefined ? describe.skip : describe;
  suite('where Prometheus is installed', () => {
    let prometheus: RunningPrometheus | undefined;
    afterEach(() => prometheus?.stop());

    it('answers queries until it is stopped', async () => {
      prometheus = await startPrometheus({ dir, configText });
      const response = await fetch(`${prometheus.url}/api/v1/query?query=vector(20)`);
      expect(await response.json()).toMatchObject({
        status: 'success',
        data: { result: [{ value: [expect.anything(), '20'] }] },
      });
      await prometheus.stop();
      await expect(fetch(prometheus.url)).rejects.toThrow('fetch failed');
    });

    it('shows the end of the log where the configuration is wrong', async () => {
      await expect(startPrometheus({ dir, configText: 'scrape: 1' })).rejects.toThrow(
        /Prometheus ended while starting[\s\S]*field scrape not found/,
      );
    });
  });
});
