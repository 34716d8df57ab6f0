import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownVariables } from '@fathom/contracts';
import { parseEnv } from '@fathom/runtime';
import { useTempDir } from '@fathom/testkit';
import { parse } from 'yaml';
import { environmentSchema as coordinatorSchema } from '../../apps/coordinator/src/environment';
import { environmentSchema as workerSchema } from '../../apps/worker/src/environment';
import { stopDeadlineMs } from '../../apps/worker/src/worker';
import { chart, environmentOf, helmTemplate, render, renderFile, secrets, valuesFiles } from './chart';
import { describeWithTools, root, runTool } from './deploy-tools';
import { containerOf, ofKind, type Deployment, type KubernetesObject } from './kubernetes-object';
import { KubernetesSchemas } from './kubernetes-schemas';

/** Read by libraries, in the words of their own documentation. */
const standard = /^(AWS_REGION|NODE_EXTRA_CA_CERTS|OTEL_[A-Z_]+)$/;

const labelsOf = ({ spec }: Deployment) => spec.template.metadata.labels;
type Labels = Readonly<Record<string, string>>;
const selects = (selector: Labels, labels: Labels) =>
  Object.entries(selector).every(([key, value]) => labels[key] === value);
const component = (objects: readonly KubernetesObject[], name: string) =>
  ofKind(objects, 'Deployment').filter(
    ({ metadata }) => metadata.labels['app.kubernetes.io/component'] === name,
  );
const schemaVersions = ['v1.30.0', 'v1.37.0'];

describeWithTools('the chart', () => {
  const dir = useTempDir();
  const schemas = schemaVersions.map((version) => [version, new KubernetesSchemas(version)] as const);

  it.each(valuesFiles)('passes helm lint with %s', (file) => {
    const lint = runTool('helm', ['lint', '--strict', chart, '--values', join(chart, 'ci', file)]);
    expect(lint).toMatchObject({ code: 0, stdout: expect.stringContaining('0 chart(s) failed') as string });
  });

  describe.each(valuesFiles)('with %s', (file) => {
    const objects = renderFile(file);
    const workers = component(objects, 'worker');
    const deployments = ofKind(objects, 'Deployment');
    const values = parse(readFileSync(join(chart, 'ci', file), 'utf8')) as {
      readonly pools?: Readonly<Record<string, object | null>>;
      readonly autoscaling?: { readonly enabled?: boolean };
    };

    it.each(schemas)('has objects as the schemas of Kubernetes %s want them', (_version, kubernetes) => {
      expect(objects.length).toBeGreaterThan(3);
      expect(objects.flatMap((object) => kubernetes.problems(object))).toEqual([]);
    });

    it('has no two objects of one kind and name, and names and labels that Kubernetes takes', () => {
      const names = objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
      expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
      const wrong = objects.flatMap(({ metadata }) => [
        ...(/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/.test(metadata.name) ? [] : [metadata.name]),
        ...Object.values(metadata.labels).filter(
          (value) => !/^[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?$/.test(value),
        ),
      ]);
      expect(wrong).toEqual([]);
    });

    it('has workers for each pool and no other', () => {
      const pools: Readonly<Record<string, object | null>> = { default: {}, ...values.pools };
      const wanted = Object.entries(pools).filter(([, pool]) => pool !== null);
      expect(workers.map((worker) => environmentOf(worker)['FATHOM_POOL']).sort()).toEqual(
        wanted.map(([name]) => name).sort(),
      );
    });

    it('gives its programs variables that they take, and no others', () => {
      const [coordinator] = component(objects, 'coordinator');
      parseEnv(coordinatorSchema, environmentOf(coordinator!), ownVariables);
      for (const worker of workers) parseEnv(workerSchema, environmentOf(worker), ownVariables);
      const read = {
        coordinator: Object.keys(coordinatorSchema.shape),
        worker: Object.keys(workerSchema.shape),
      };
      const unread = deployments.flatMap((deployment) => {
        const container = containerOf(deployment);
        const known = read[container.name as keyof typeof read];
        return container.env
          .map(({ name }) => name)
          .filter((name) => !known.includes(name) && !standard.test(name));
      });
      expect(unread).toEqual([]);
    });

    it('lets workers drain, and tell what came of it, before Kubernetes kills them', () => {
      expect(workers.length).toBeGreaterThan(0);
      for (const worker of workers) {
        const env = parseEnv(workerSchema, environmentOf(worker), ownVariables);
        expect(worker.spec.template.spec.terminationGracePeriodSeconds * 1000).toBeGreaterThan(
          stopDeadlineMs(env),
        );
      }
    });

    it('runs them as an ordinary user on a file system that cannot be written', () => {
      for (const deployment of deployments) {
        const pod = deployment.spec.template.spec;
        expect(pod).toMatchObject({
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        });
        expect(containerOf(deployment).securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        expect(containerOf(deployment).resources.limits['memory']).toBeDefined();
      }
    });

    it('mounts the volumes that it has, and what is written to is one', () => {
      for (const deployment of deployments) {
        const { volumeMounts, env } = containerOf(deployment);
        const { volumes } = deployment.spec.template.spec;
        expect(volumeMounts.map(({ name }) => name).sort()).toEqual(volumes.map(({ name }) => name).sort());
        const folders = env.filter(({ name }) => /^FATHOM_(CACHE_DIR|ARTIFACTS)$/.test(name));
        for (const { value } of folders)
          if (!value!.startsWith('s3://'))
            expect(volumeMounts.map((mount) => mount.mountPath)).toContain(value);
        expect(volumeMounts.map((mount) => mount.mountPath)).toContain('/tmp');
      }
    });

    it('has ports, probes, services and monitors that agree', () => {
      for (const deployment of deployments) {
        const container = containerOf(deployment);
        const env = environmentOf(deployment);
        const ports = Object.fromEntries(
          container.ports.map(({ name, containerPort }) => [name, String(containerPort)]),
        );
        const listening = container.name === 'worker' ? {} : { http: env['PORT'] };
        expect(ports).toEqual({ ...listening, metrics: env['FATHOM_METRICS_PORT'] });
        for (const probe of [container.startupProbe, container.livenessProbe, container.readinessProbe])
          expect(ports).toHaveProperty(probe.httpGet.port);
      }
      const [coordinator] = component(objects, 'coordinator');
      const served = containerOf(coordinator!).ports.map(({ name }) => name);
      for (const { spec } of ofKind(objects, 'Service')) {
        expect(selects(spec.selector, labelsOf(coordinator!))).toBe(true);
        expect(spec.ports.map(({ targetPort }) => targetPort).sort()).toEqual(served.sort());
      }
      for (const { spec } of ofKind(objects, 'ServiceMonitor')) {
        expect(spec.endpoints).toEqual([expect.objectContaining({ port: 'metrics', path: '/metrics' })]);
        const [service] = ofKind(objects, 'Service');
        expect(selects(spec.selector.matchLabels, service!.metadata.labels)).toBe(true);
      }
      for (const { spec } of ofKind(objects, 'PodMonitor')) {
        expect(spec.podMetricsEndpoints).toEqual([expect.objectContaining({ port: 'metrics' })]);
        for (const worker of workers) expect(selects(spec.selector.matchLabels, labelsOf(worker))).toBe(true);
      }
    });

    it('selects its own pods and only those', () => {
      for (const deployment of deployments) {
        const selector = deployment.spec.selector.matchLabels;
        expect(deployments.filter((other) => selects(selector, labelsOf(other)))).toEqual([deployment]);
      }
      const [budget] = ofKind(objects, 'PodDisruptionBudget');
      const chosen = deployments.filter((other) =>
        selects(budget!.spec.selector.matchLabels, labelsOf(other)),
      );
      expect(chosen).toEqual(component(objects, 'coordinator'));
    });

    it('scales each pool by its trials, or has a number of workers', () => {
      const scaled = ofKind(objects, 'ScaledObject');
      expect(scaled.map(({ spec }) => spec.scaleTargetRef.name)).toEqual(
        values.autoscaling?.enabled ? workers.map(({ metadata }) => metadata.name) : [],
      );
      for (const worker of workers) {
        const env = environmentOf(worker);
        const own = scaled.find(({ spec }) => spec.scaleTargetRef.name === worker.metadata.name);
        if (own === undefined) expect(worker.spec.replicas).toBeGreaterThan(0);
        else {
          expect(worker.spec).not.toHaveProperty('replicas');
          const { metadata } = own.spec.triggers[0]!;
          expect(metadata.threshold).toBe(env['FATHOM_SLOTS']);
          expect(metadata.query).toContain(`pool="${String(env['FATHOM_POOL'])}"`);
        }
      }
    });

    it('lets Prometheus in, workers out to Redis, and nobody else to a worker', () => {
      const policies = ofKind(objects, 'NetworkPolicy');
      for (const deployment of policies.length > 0 ? deployments : []) {
        const own = policies.filter(({ spec }) =>
          selects(spec.podSelector.matchLabels, labelsOf(deployment)),
        );
        expect(own).toHaveLength(1);
        const { ingress, egress } = own[0]!.spec;
        const named = containerOf(deployment).ports.map(({ name }) => name);
        const entries = ingress.flatMap(({ ports }) => ports.map(({ port }) => port));
        expect(entries.filter((port) => !named.includes(port))).toEqual([]);
        expect(entries.includes('metrics')).toBe(ofKind(objects, 'ServiceMonitor').length > 0);
        expect(ingress.every(({ from }) => from.length > 0)).toBe(true);
        const exits = egress.flatMap(({ ports }) => ports.map(({ port }) => port));
        expect(exits).toEqual(expect.arrayContaining([53, 6379]));
        expect(exits.includes(5432)).toBe(containerOf(deployment).name === 'coordinator');
        const endpoint = environmentOf(deployment)['FATHOM_S3_ENDPOINT'];
        if (endpoint) expect(exits).toContain(Number(new URL(endpoint).port || 443));
      }
    });
  });

  it.each([
    'Deployment',
    'Service',
    'NetworkPolicy',
    'ScaledObject',
    'ServiceMonitor',
    'PodMonitor',
  ] as const)('would be told of a field that no %s has, and of one of another type', (kind) => {
    const [object] = ofKind(renderFile('gpu-values.yaml'), kind);
    const [, kubernetes] = schemas[1]!;
    const wrong = { ...object!, spec: { ...object!.spec, selectors: {} } } as KubernetesObject;
    expect(kubernetes.problems(wrong)).toEqual([expect.stringContaining('selectors')]);
    expect(kubernetes.problems({ ...object!, spec: 'none' })).not.toEqual([]);
  });

  it('asks for GPUs where the device is one, by the image for it', () => {
    const byPool = Object.fromEntries(
      component(renderFile('gpu-values.yaml'), 'worker').map((worker) => {
        const env = environmentOf(worker);
        const { limits } = containerOf(worker).resources;
        const device = Object.entries(limits).find(([name]) => name.startsWith('nvidia.com/'));
        const flavour = containerOf(worker).image.split('-').at(-1);
        const facts = [flavour, device?.join(' '), env['FATHOM_SLOTS'], env['FATHOM_GPUS']];
        return [env['FATHOM_POOL'] ?? '', facts] as const;
      }),
    );
    expect(byPool).toEqual({
      default: ['cpu', undefined, '1', undefined],
      a100: ['gpu', 'nvidia.com/gpu 1', '1', '1'],
      'h100-node': ['gpu', 'nvidia.com/gpu 8', '8', '8'],
      mig: ['gpu', 'nvidia.com/mig-1g.10gb 1', '1', '1'],
      shared: ['gpu', 'nvidia.com/gpu.shared 1', '2', '1'],
    });
  });

  it('hands on every board and every rule as they are', () => {
    const objects = renderFile('gpu-values.yaml');
    const boards = readdirSync(join(root, 'deploy/grafana/boards'));
    const held = ofKind(objects, 'ConfigMap').flatMap(({ data }) => Object.entries(data ?? {}));
    expect(held.map(([name]) => name).sort()).toEqual(boards.sort());
    for (const [name, board] of held)
      expect(JSON.parse(board)).toEqual(
        JSON.parse(readFileSync(join(root, 'deploy/grafana/boards', name), 'utf8')),
      );
    const links = ofKind(
      render(
        '--values',
        join(chart, 'ci/gpu-values.yaml'),
        '--set',
        'ingress.enabled=true,ingress.host=fathom.example.com',
      ),
      'ConfigMap',
    ).map(({ data }) => Object.values(data ?? {}).join());
    expect(links.filter((board) => board.includes('http://fathom.example.com'))).toHaveLength(boards.length);
    expect(links.join()).not.toContain('127.0.0.1');
    const rules = readdirSync(join(root, 'deploy/prometheus/rules')).map(
      (name) => parse(readFileSync(join(root, 'deploy/prometheus/rules', name), 'utf8')) as object,
    );
    expect(ofKind(objects, 'PrometheusRule').map(({ spec }) => spec)).toEqual(expect.arrayContaining(rules));
    expect(rules.length).toBeGreaterThan(1);
  });

  it.each([
    [[], /redis\.existingSecret is empty: name a Secret in namespace "ml".*"REDIS_URL"/],
    [['--set', 'redis.existingSecret=r'], /postgres\.existingSecret is empty: .*"DATABASE_URL"/],
    [[...secrets, '--set', 'autoscaling.enabled=true'], /autoscaling\.prometheusUrl is empty/],
    [
      [...secrets, '--set', 'artifacts.s3.url=s3://bucket,artifacts.volume.existingClaim=claim'],
      /artifacts\.s3\.url and artifacts\.volume\.existingClaim are both set/,
    ],
    [[...secrets, '--set', 'ingress.enabled=true'], /ingress\.host is empty/],
    [
      [...secrets, '--set', 'pools.a.autoscaling.min=3,pools.a.autoscaling.max=2'],
      /pools\.a\.autoscaling: min 3 is more than max 2/,
    ],
    [[...secrets, '--set', 'pools.a.device=gpu,pools.a.slots=2'], /pools\.a\.slots: a pool with GPUs/],
    [
      [
        ...secrets,
        '--set',
        `pools.${'a'.repeat(40)}.slots=1`,
        '--set',
        'fullnameOverride=twenty-characters-xx',
      ],
      /has more than 63 characters/,
    ],
  ])('does not render with %j, and says why', (args, message) => {
    expect(helmTemplate(...args)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(message) as string,
    });
  });

  it.each([
    ['pools.a.device=tpu', '/pools/a/device'],
    ['pools.a.gpus=2', "'gpus' not allowed"],
    ['pools.A.slots=2', "'A'"],
    ['workers.slots=0', '/workers/slots'],
    ['workers.drainSeconds=1', '/workers/drainSeconds'],
    ['coordinator.replicas=0', '/coordinator/replicas'],
    ['coordinator.board=yes', '/coordinator/board'],
    ['artifacts.s3.url=http://bucket', '/artifacts/s3/url'],
    ['autoscaling.prometheusUrl=prometheus', '/autoscaling/prometheusUrl'],
    ['redis.url=redis://secret@host', "'url' not allowed"],
    ['image.coordinator.digest=latest', '/image/coordinator/digest'],
  ])('refuses %s and names the field', (given, field) => {
    const { code, stderr } = helmTemplate(...secrets, '--set', given);
    expect(code).toBe(1);
    expect(stderr).toContain(field);
  });

  it('renders with the values that the documentation shows', () => {
    const page = readFileSync(join(root, 'docs/deploy.md'), 'utf8');
    const [, shown = ''] = /```yaml\n# my-values\.yaml\n([\s\S]*?)```/.exec(page) ?? [];
    const file = join(dir.path, 'my-values.yaml');
    writeFileSync(file, shown);
    const pools = component(render('--values', file), 'worker').map(
      (worker) => environmentOf(worker)['FATHOM_POOL'],
    );
    expect(pools).toEqual(['a100', 'default']);
    // Of each row on kinds of GPUs, what stands behind `device: gpu`.
    const rows = [...page.matchAll(/`gpu: (\{ [^}]* \})`/g)].map(([, gpu = '']) => gpu);
    expect(rows.length).toBeGreaterThan(3);
    for (const gpu of rows) {
      writeFileSync(file, `pools: { x: { device: gpu, gpu: ${gpu} } }`);
      expect(render(...secrets, '--values', file).length).toBeGreaterThan(3);
    }
  });

  it('accepts every value that it has by default', () => {
    const defaults = runTool('helm', ['show', 'values', chart]).stdout;
    expect(Object.keys(parse(defaults) as object).length).toBeGreaterThan(10);
    expect(helmTemplate(...secrets).code).toBe(0);
  });
});
