import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownVariables } from '@fathom/contracts';
import { parseEnv } from '@fathom/runtime';
import { findPromtool } from '@fathom/services';
import { useTempDir } from '@fathom/testkit';
import { parse } from 'yaml';
import { environmentSchema as coordinatorSchema } from '../../apps/coordinator/src/environment';
import { environmentSchema as workerSchema } from '../../apps/worker/src/environment';
import { stopDeadlineMs } from '../../apps/worker/src/worker';
import { describeWithTools, root, runTool } from './deploy-tools';
import { environmentIn, stagesOf, wholeStage } from './dockerfile';

interface Service {
  readonly profiles?: readonly string[];
  readonly build?: { readonly dockerfile: string; readonly target: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly { readonly host_ip?: string; readonly target: number }[];
  readonly volumes?: readonly {
    readonly type: string;
    readonly source: string;
    readonly target: string;
    readonly read_only?: boolean;
    readonly bind?: { readonly create_host_path?: boolean };
  }[];
  readonly networks: Readonly<Record<string, unknown>>;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly stop_grace_period?: string;
}
type Services = Readonly<Record<string, Service>>;

const file = join(root, 'compose.yaml');
const servicesOf = (profiles: readonly string[] = [], envFile = '/dev/null'): Services => {
  const args = ['--env-file', envFile, ...profiles.flatMap((profile) => ['--profile', profile])];
  const { code, stdout, stderr } = runTool('docker-compose', [
    '--file',
    file,
    ...args,
    'config',
    '--format',
    'json',
  ]);
  if (code !== 0) throw new Error(stderr);
  return (JSON.parse(stdout) as { services: Services }).services;
};
const stages = stagesOf(readFileSync(join(root, 'deploy/docker/Dockerfile'), 'utf8'));
/** What the program in it sees. */
const environmentOf = ({ build, environment }: Service) => ({
  ...environmentIn(wholeStage(stages, build?.target ?? '')),
  ...environment,
});

const promtool = findPromtool();

describeWithTools('compose.yaml, by docker compose', () => {
  const dir = useTempDir();
  const services = servicesOf(['gpu']);
  const ours = Object.entries(services).filter(([, { build }]) => build !== undefined);
  const workers = ours.filter(([, { build }]) => build?.target === 'worker').map(([, service]) => service);

  it('is understood, and would not be with a word that nobody knows', () => {
    expect(Object.keys(services).length).toBeGreaterThan(7);
    const wrong = join(dir.path, 'compose.yaml');
    writeFileSync(wrong, readFileSync(file, 'utf8').replace('shm_size:', 'shm_sizes:'));
    expect(runTool('docker-compose', ['--file', wrong, 'config'])).toMatchObject({
      code: expect.any(Number) as number,
      stderr: expect.stringContaining('shm_sizes') as string,
    });
  });

  it('needs GPUs in its profile for them alone', () => {
    const always = Object.keys(servicesOf());
    expect(
      Object.keys(services)
        .filter((name) => !always.includes(name))
        .sort(),
    ).toEqual(['dcgm-exporter', 'worker-gpu']);
    expect(always.sort()).toEqual(['coordinator', 'grafana', 'postgres', 'prometheus', 'redis', 'worker']);
  });

  it('gives the programs variables that they take', () => {
    expect(ours.map(([name]) => name)).toEqual(['coordinator', 'worker', 'worker-gpu']);
    parseEnv(coordinatorSchema, environmentOf(services['coordinator']!), ownVariables);
    for (const worker of workers) parseEnv(workerSchema, environmentOf(worker), ownVariables);
  });

  it('waits for a drain', () => {
    for (const worker of workers) {
      const [, minutes, seconds] = /^(\d+)m(\d+)s$/.exec(worker.stop_grace_period ?? '') ?? [];
      const env = parseEnv(workerSchema, environmentOf(worker), ownVariables);
      expect((Number(minutes) * 60 + Number(seconds)) * 1000).toBeGreaterThan(stopDeadlineMs(env));
    }
  });

  it('has a Redis that keeps jobs, which only coordinators and workers reach', () => {
    const command = services['redis']?.command?.join(' ');
    expect(command).toMatch(/--maxmemory-policy noeviction/);
    expect(command).toMatch(/--appendonly yes/);
    const inside = Object.entries(services).filter(([, { networks }]) => 'stores' in networks);
    expect(inside.map(([name]) => name).sort()).toEqual([
      'coordinator',
      'postgres',
      'redis',
      'worker',
      'worker-gpu',
    ]);
  });

  it.each(Object.entries(services))(
    'keeps %s from writing, from rights and from other machines',
    (_name, service) => {
      expect(service).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
      });
      for (const { host_ip } of service.ports ?? []) expect(host_ip).toBe('127.0.0.1');
    },
  );

  it('reads the variables that the documentation names', () => {
    const page = readFileSync(join(root, 'docs/deploy.md'), 'utf8');
    const [, section = ''] = /## One machine, with docker compose\n([\s\S]*?)\n## /.exec(page) ?? [];
    const named = [...section.matchAll(/`([A-Z_]{5,})[`=]/g)].map(([, name = '']) => name);
    expect(named.length).toBeGreaterThan(3);
    const text = readFileSync(file, 'utf8');
    expect(named.filter((name) => !text.includes(`\${${name}:-`))).toEqual([]);
  });

  it('mounts what is there', () => {
    const mounts = Object.values(services).flatMap(({ volumes = [] }) => volumes);
    const folders = mounts.filter(({ type }) => type === 'bind').map(({ source }) => source);
    expect(folders.length).toBeGreaterThan(2);
    expect(folders.filter((path) => !existsSync(path))).toEqual([]);
  });

  it('has the images of whoever runs it in all workers, where the documentation says that they are', () => {
    const page = readFileSync(join(root, 'README.md'), 'utf8');
    const [, path = ''] = /kind: folder, path: ([^,]+),/.exec(page) ?? [];
    writeFileSync(join(dir.path, '.env'), `FATHOM_DATA=${dir.path}\n`);
    const given = servicesOf(['gpu'], join(dir.path, '.env'));
    for (const name of ['worker', 'worker-gpu']) {
      const mount = given[name]?.volumes?.find(({ target }) => path.startsWith(`${target}/`));
      expect(mount).toMatchObject({ type: 'bind', source: dir.path, read_only: true });
      // Docker would make it, of root, where there is none.
      expect(mount?.bind?.create_host_path ?? false).toBe(false);
    }
  });

  it('has Grafana read the boards, from the Prometheus that there is', () => {
    const { environment, volumes = [] } = services['grafana']!;
    const provider = parse(
      readFileSync(join(root, 'deploy/grafana/provisioning/dashboards/fathom.yml'), 'utf8'),
    ) as { providers: { options: { path: string } }[] };
    const boards = volumes.find(({ source }) => source === join(root, 'deploy/grafana/boards'));
    expect(provider.providers.map(({ options }) => options.path)).toEqual([boards?.target]);
    const { hostname } = new URL(environment?.['PROMETHEUS_URL'] ?? '');
    expect(Object.keys(services[hostname]!.networks)).toEqual(['metrics']);
  });

  it('has Prometheus look for services that there are, on the ports that serve metrics', () => {
    const { scrape_configs } = parse(readFileSync(join(root, 'deploy/docker/prometheus.yml'), 'utf8')) as {
      scrape_configs: { job_name: string; dns_sd_configs: { names: string[]; port: number }[] }[];
    };
    const found = scrape_configs.flatMap(({ dns_sd_configs }) =>
      dns_sd_configs.flatMap(({ names, port }) => names.map((name) => [name, port] as const)),
    );
    expect(found.map(([name]) => name)).toEqual(['coordinator', 'worker', 'worker-gpu', 'dcgm-exporter']);
    for (const [name, port] of found) {
      expect(Object.keys(services[name]!.networks)).toContain('metrics');
      if (services[name]!.build)
        expect(environmentOf(services[name]!)['FATHOM_METRICS_PORT']).toBe(String(port));
    }
  });

  (promtool === undefined ? it.skip : it)(
    `has a configuration that Prometheus takes${promtool === undefined ? ' (skipped: no promtool)' : ''}`,
    () => {
      execFileSync(promtool ?? '', ['check', 'config', 'deploy/docker/prometheus.yml'], {
        cwd: root,
        stdio: 'pipe',
      });
    },
  );
});
