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
const portOf = (url: string) => Number(new URL(url).port || (url.startsWith('https:') ? 443 : 80));
/** What the policy of coordinators or workers lets in and out. */
const policyOf = (objects: readonly KubernetesObject[], name: string) => {
  const own = ofKind(objects, 'NetworkPolicy').find(({ metadata }) => metadata.name.endsWith(`-${name}`));
  const { ingress, egress } = own!.spec;
  const entries = ingress.flatMap(({ ports, from }) => ports.map(({ port }) => [port, from] as const));
  return { entries, exits: egress.flatMap(({ ports }) => ports.map(({ port }) => port)) };
};
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
        expect(entries).toContain('metrics');
        expect(ingress.every(({ from }) => from.length > 0)).toBe(true);
        const exits = egress.flatMap(({ ports }) => ports.map(({ port }) => port));
        expect(exits).toEqual(expect.arrayContaining([53, 6379]));
        expect(exits.includes(5432)).toBe(containerOf(deployment).name === 'coordinator');
        const { FATHOM_S3_ENDPOINT, OTEL_EXPORTER_OTLP_ENDPOINT } = environmentOf(deployment);
        for (const url of [FATHOM_S3_ENDPOINT, OTEL_EXPORTER_OTLP_ENDPOINT])
          if (url) expect(exits).toContain(portOf(url));
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

  it.each([
    ['https://minio.storage:9000', 9000],
    ['http://minio.storage:9000/', 9000],
    ['https://[fd00::1]:9443', 9443],
    ['https://[fd00::1]', 443],
    ['https://storage.googleapis.com', 443],
    ['http://minio.storage', 80],
  ])('lets workers out to the object store at %s, and spans there as well', (url, port) => {
    const store = `artifacts.s3.url=s3://training,artifacts.s3.endpoint=${url}`;
    const ofStore = policyOf(render(...secrets, '--set', store), 'worker').exits;
    expect(ofStore).toEqual(expect.arrayContaining([port, 443]));
    expect(new Set(ofStore)).toEqual(new Set([53, 6379, port, 443]));
    const traced = render(...secrets, '--set', `tracing.otlpEndpoint=${url}`);
    for (const name of ['coordinator', 'worker']) expect(policyOf(traced, name).exits).toContain(port);
  });

  it.each([
    ['a Prometheus of any kind', []],
    [
      'the one that KEDA asks, without the operator',
      ['--set', 'autoscaling.enabled=true,autoscaling.prometheusUrl=http://prometheus.monitoring'],
    ],
    ['that of the operator', ['--set', 'monitoring.enabled=true']],
  ])('lets in %s', (_who, args) => {
    const objects = render(...secrets, ...args);
    const from = [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }];
    expect(policyOf(objects, 'coordinator').entries).toContainEqual(['metrics', from]);
    expect(policyOf(objects, 'worker').entries).toEqual([['metrics', from]]);
  });

  it('lets nobody in where no peers are named: for Kubernetes an empty list of them would be everybody', () => {
    const nobody = ['--set-json', 'networkPolicy.prometheus=[]', '--set-json', 'networkPolicy.apiClients=[]'];
    for (const given of [nobody, nobody.slice(0, 2), nobody.slice(2)])
      for (const { spec } of ofKind(
        render(...secrets, ...given, '--set', 'monitoring.enabled=true'),
        'NetworkPolicy',
      ))
        expect(spec.ingress.filter(({ from }) => from.length === 0)).toEqual([]);
    const objects = render(...secrets, ...nobody);
    for (const name of ['coordinator', 'worker']) expect(policyOf(objects, name).entries).toEqual([]);
    const [, kubernetes] = schemas[1]!;
    expect(objects.flatMap((object) => kubernetes.problems(object))).toEqual([]);
  });

  it('hands on every board as it is', () => {
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
    ['monitoring.rules.runbookUrl=docs/runbook.md', '/monitoring/rules/runbookUrl'],
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
    const objects = render('--values', file);
    const workers = component(objects, 'worker').map(environmentOf);
    expect(workers.map((env) => env['FATHOM_POOL'])).toEqual(['a100', 'default']);
    expect(policyOf(objects, 'worker').exits).toContain(portOf(workers[0]!['FATHOM_S3_ENDPOINT'] ?? ''));
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
