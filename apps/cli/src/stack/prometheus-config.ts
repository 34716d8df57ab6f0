import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repositoryRoot } from '../repository';

/**
 * Puts the configuration and the rules of deploy/prometheus into a stack's folder, with the stack's own targets beside it.
 *
 * @returns the path of prometheus.yml
 */
export async function writePrometheusConfig(
  dir: string,
  coordinatorPort: number,
  workerMetricsUrls: readonly string[],
): Promise<string> {
  const folder = join(dir, 'prometheus');
  await mkdir(join(folder, 'targets'), { recursive: true });
  const deployed = join(repositoryRoot, 'deploy/prometheus');
  await cp(join(deployed, 'prometheus.yml'), join(folder, 'prometheus.yml'));
  await cp(join(deployed, 'rules'), join(folder, 'rules'), { recursive: true });
  const targets = (hosts: string[]) => `${JSON.stringify([{ targets: hosts }])}\n`;
  await writeFile(join(folder, 'targets/coordinator.json'), targets([`127.0.0.1:${coordinatorPort}`]));
  const workers = workerMetricsUrls.map((url) => new URL(url).host);
  await writeFile(join(folder, 'targets/worker.json'), targets(workers));
  return join(folder, 'prometheus.yml');
}
