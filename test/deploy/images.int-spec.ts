import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  sweepDetailSchema,
  trialDetailSchema,
  trialPageSchema,
  type SweepDetail,
  type SweepSpecInput,
} from '@fathom/contracts';
import { eventually, usePostgres, useRedis, useTempDir, type NodeProcess } from '@fathom/testkit';
import getPort from 'get-port';
import { environmentOf, renderFile } from './chart';
import { Container, whyNoContainers } from './container';
import { describeWithTools, root } from './deploy-tools';
import { environmentIn, last, stagesOf, wholeStage } from './dockerfile';
import { containerOf, ofKind } from './kubernetes-object';

const stages = stagesOf(readFileSync(join(root, 'deploy/docker/Dockerfile'), 'utf8'));
const reason = whyNoContainers();
const PATIENCE = { timeoutMs: 120_000, intervalMs: 100 };
const START = { timeoutMs: 60_000 };

/** The command of a build stage that puts the image together, with the folder where it shall be put. */
function buildTree(app: string, target: string, ...more: readonly string[]): void {
  const command = last(wholeStage(stages, `${app}-tree`), 'RUN');
  const [, script = '', given = ''] = /node (\S+) (.*)$/.exec(command) ?? [];
  const args = given.replace('/image', target).replace('${DEVICE}', 'cpu').split(' ');
  execFileSync(process.execPath, [script, ...args, ...more], { cwd: root, stdio: 'pipe' });
}

/** Runs what the image runs, less its first process, as the chart has it run but on free ports of this machine. */
function start(app: string, container: Container, env: Record<string, string>): NodeProcess {
  const instructions = wholeStage(stages, app);
  const [tini, dashes, ...command] = JSON.parse(last(instructions, 'ENTRYPOINT')) as string[];
  expect([tini, dashes]).toEqual(['tini', '--']);
  return container.run(command, { ...environmentIn(instructions), ...env });
}

const title = 'what the images run, from the files that are in them';
const suite = reason === undefined ? describeWithTools : describe.skip;
suite(`${title}${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  const processes: NodeProcess[] = [];
  afterAll(async () => {
    for (const child of processes.toReversed()) {
      child.kill('SIGTERM');
      await child.exited;
    }
  });
  const redis = useRedis();
  const postgres = usePostgres();
  const dir = useTempDir();
  const containers: Record<string, Container> = {};
  const ports: Record<string, Record<string, string>> = {};
  let coordinator: NodeProcess;
  let worker: NodeProcess;

  /** Of the chart, for these programs and ports. */
  async function environmentFor(app: string): Promise<Record<string, string>> {
    const deployment = deploymentOf(app);
    const own = { http: String(await getPort()), metrics: String(await getPort()) };
    ports[app] = own;
    return {
      ...environmentOf(deployment),
      ...(app === 'coordinator' && { PORT: own.http, DATABASE_URL: await postgres.createDatabase() }),
      REDIS_URL: redis.url,
      FATHOM_METRICS_PORT: own.metrics,
      FATHOM_DRAIN_SECONDS: '20',
    };
  }
  const deploymentOf = (app: string) => {
    const found = ofKind(renderFile('volume-values.yaml'), 'Deployment').find(
      (deployment) => containerOf(deployment).name === app,
    );
    if (!found) throw new Error(`the chart has no ${app}`);
    return found;
  };
  const healthOf = (app: string) => {
    const [, command = '[]'] = /CMD (\[.*\])$/.exec(last(wholeStage(stages, app), 'HEALTHCHECK')) ?? [];
    const env = { PORT: ports[app]!['http']!, FATHOM_METRICS_PORT: ports[app]!['metrics']! };
    return containers[app]!.run(JSON.parse(command) as string[], env).exited;
  };
  const submit = async (epochs: number): Promise<string> => {
    const spec: SweepSpecInput = {
      name: 'from images',
      dataset: { kind: 'shapes', trainImages: 256, testImages: 64 },
      objective: { metric: 'validationError', goal: 'minimize' },
      space: { depth: [8] },
      search: { algorithm: 'grid' },
      recipe: { epochs, batchSize: 32 },
      // Where a machine is slow, 500 epochs are predicted to take more than 300 s.
      budget: { maxWallClockSeconds: 3_600 },
    };
    const headers = { 'content-type': 'application/json' };
    const submitted = await api('/v1/sweeps', { method: 'POST', headers, body: JSON.stringify(spec) });
    return sweepDetailSchema.parse(submitted).id;
  };
  const api = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`http://127.0.0.1:${ports['coordinator']!['http']!}${path}`, init);
    if (!response.ok) throw new Error(`${path}: ${String(response.status)} ${await response.text()}`);
    return response.json();
  };

  beforeAll(() => {
    for (const app of ['coordinator', 'worker']) {
      containers[app] = new Container(join(dir.path, app));
      buildTree(app, containers[app].app, '--link');
    }
  }, 240_000);

  it.each(['coordinator', 'worker'])(
    'have everything that is in the %s on their list, and no tools to build',
    (app) => {
      const tree = containers[app]!.app;
      const { components } = JSON.parse(readFileSync(join(tree, 'sbom.cdx.json'), 'utf8')) as {
        components: { name: string; version: string; purl: string; hashes?: { content: string }[] }[];
      };
      const modules = readdirSync(join(tree, 'node_modules'), { withFileTypes: true }).flatMap(({ name }) =>
        name.startsWith('@')
          ? readdirSync(join(tree, 'node_modules', name)).map((inner) => `${name}/${inner}`)
          : [name],
      );
      const listed = new Set(components.map(({ name }) => name));
      expect(modules.filter((name) => !listed.has(name))).toEqual([]);
      expect(modules.filter((name) => /^(typescript|jest|eslint|prettier|nx|@nx|@swc)\b/.test(name))).toEqual(
        [],
      );
      expect(existsSync(join(tree, 'tensorflow/tensorflow/include'))).toBe(false);
      expect(components.filter(({ purl }) => purl.startsWith('pkg:pypi/')).map(({ purl }) => purl)).toEqual(
        app === 'worker' ? ['pkg:pypi/tensorflow-cpu@2.21.0'] : [],
      );
    },
  );

  it('start and are ready by the probes of the chart, and healthy by their own', async () => {
    coordinator = start('coordinator', containers['coordinator']!, await environmentFor('coordinator'));
    processes.push(coordinator);
    await coordinator.untilOutput(/the coordinator is listening/, START);
    worker = start('worker', containers['worker']!, await environmentFor('worker'));
    processes.push(worker);
    await worker.untilOutput(/the worker takes trials/, START);
    for (const app of ['coordinator', 'worker']) {
      const { startupProbe, livenessProbe, readinessProbe } = containerOf(deploymentOf(app));
      for (const { httpGet } of [startupProbe, livenessProbe, readinessProbe])
        await eventually(async () => {
          const { status } = await fetch(`http://127.0.0.1:${ports[app]![httpGet.port]!}${httpGet.path}`);
          expect([app, httpGet.path, status]).toEqual([app, httpGet.path, 200]);
        });
      const metrics = await fetch(`http://127.0.0.1:${ports[app]!['metrics']!}/metrics`);
      expect(await metrics.text()).toContain('fathom_');
      expect(await healthOf(app)).toEqual({ code: 0, signal: null });
    }
  });

  it('train a network, as a user who can write to nothing but what is mounted', async () => {
    const id = await submit(1);
    const ended = await eventually(async (): Promise<SweepDetail> => {
      const sweep = sweepDetailSchema.parse(await api(`/v1/sweeps/${id}`));
      expect([sweep.state, worker.output()]).toEqual(['completed', worker.output()]);
      return sweep;
    }, PATIENCE);
    expect(ended.best?.objective).toBeLessThan(1);
    const models = containers['worker']!.inside('/var/lib/fathom/artifacts/models');
    expect(readdirSync(models)).toEqual([id]);
  });

  it('lose no step when the pod of a worker goes, within its grace period', async () => {
    const id = await submit(500);
    const stepsDone = async () => {
      const { items } = trialPageSchema.parse(await api(`/v1/sweeps/${id}/trials`));
      const { steps } = trialDetailSchema.parse(await api(`/v1/trials/${items[0]?.id ?? ''}`));
      return steps.at(-1)?.step ?? 0;
    };
    await eventually(async () => expect(await stepsDone()).toBeGreaterThan(10), PATIENCE);
    const before = await stepsDone();
    const began = Date.now();
    worker.kill('SIGTERM');
    expect(await worker.exited).toEqual({ code: 0, signal: null });
    const { terminationGracePeriodSeconds } = deploymentOf('worker').spec.template.spec;
    expect(Date.now() - began).toBeLessThan(terminationGracePeriodSeconds * 1000);
    worker = start('worker', containers['worker']!, await environmentFor('worker'));
    processes.push(worker);
    const [, resumedFrom] = await worker.untilOutput(/"resumedFromStep":(\d+)/, START);
    expect(Number(resumedFrom)).toBeGreaterThanOrEqual(before);
    await api(`/v1/sweeps/${id}/cancel`, { method: 'POST' });
  });

  it.each(['/app/x', '/app/node_modules/x', '/usr/local/bin/node', '/x'])('cannot write %s', async (path) => {
    const write = `require('node:fs').appendFileSync(${JSON.stringify(path)}, 'x')`;
    const child = containers['worker']!.run(['node', '-e', write], {});
    expect(await child.exited).toEqual({ code: 1, signal: null });
    expect(child.output()).toMatch(/EROFS|EACCES|ETXTBSY/);
  });

  it('can load every package that they name, on what a bare Debian has', async () => {
    for (const app of ['coordinator', 'worker']) {
      const child = containers[app]!.run(['node', '-e', LOAD_ALL], {});
      expect(await child.exited).toEqual({ code: 0, signal: null });
      expect(child.output()).toMatch(/^\d\d+ loaded/m);
    }
  });

  it('end in order on SIGTERM, and are not healthy then', async () => {
    worker.kill('SIGTERM');
    expect(await worker.exited).toEqual({ code: 0, signal: null });
    coordinator.kill('SIGTERM');
    expect(await coordinator.exited).toEqual({ code: 0, signal: null });
    expect(await healthOf('coordinator')).toEqual({ code: 1, signal: null });
  });
});

/** Imports what the packages of this repository depend on, each from where it is needed. */
const LOAD_ALL = `
const { readdirSync, readFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { pathToFileURL } = require('node:url');
(async () => {
  let count = 0;
  for (const folder of ['apps', 'libs'].flatMap((parent) => readdirSync(parent).map((name) => process.cwd() + '/' + parent + '/' + name))) {
    const { dependencies } = JSON.parse(readFileSync(folder + '/package.json', 'utf8'));
    for (const name of Object.keys(dependencies)) {
      if (name.startsWith('@bull-board/ui') || name === '@fathom/coordinator') continue;
      let path;
      try { path = createRequire(folder + '/package.json').resolve(name); }
      catch (error) { if (error.code !== 'ERR_PACKAGE_PATH_NOT_EXPORTED') throw error; }
      if (path) await import(pathToFileURL(path));
      count++;
    }
  }
  console.log(count + ' loaded');
  process.exit(0);
})();
`;
