import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { metricsOf, sweepDetailSchema, type Metric, type SweepDetail } from '@fathom/contracts';
import { findPrometheus } from '@fathom/services';
import { aSweepRequest, eventually, useTempDir } from '@fathom/testkit';
import { parse } from 'yaml';
import { z } from 'zod';
import { boardLinks, fillIn, panelQueries, variableQueries } from './boards';
import { differences, readExposition, type ExposedMetric } from './exposition';
import { queryPrometheus } from './prometheus-client';
import { root, useStack, type StackWorker } from './use-stack';

jest.setTimeout(240_000);

const why = findPrometheus() === undefined ? ' (skipped: there is no prometheus on the PATH)' : '';
/** A stand-in of NVML, with three GPUs, needs a compiler. */
const hasCompiler = spawnSync('cc', ['--version']).status === 0;
const isHidden = (text: string) => !hasCompiler && text.includes('fathom_device_');
const without = hasCompiler ? '' : ', without the GPUs: there is no C compiler';

const ruleFileSchema = z.object({
  groups: z.array(
    z.object({ rules: z.array(z.object({ record: z.string().optional(), expr: z.string() })) }),
  ),
});
const rules = readdirSync(join(root, 'deploy/prometheus/rules')).flatMap((name) =>
  ruleFileSchema
    .parse(parse(readFileSync(join(root, 'deploy/prometheus/rules', name), 'utf8')))
    .groups.flatMap((group) => group.rules),
);

(why === '' ? describe : describe.skip)(
  `boards, rules and the table of metrics on a running stack${without}${why}`,
  () => {
    const stack = useStack();
    const dir = useTempDir();
    const workers: StackWorker[] = [];
    const exposed = {
      coordinator: new Map<string, ExposedMetric>(),
      worker: new Map<string, ExposedMetric>(),
    };
    /** Queries that have had no result yet, by where they stand. */
    const waiting = new Map<string, string>();
    let sweep: SweepDetail;
    let prometheusUrl: string;

    const sweepNow = async () => {
      const response = await fetch(`${stack.url}/v1/sweeps/${sweep.id}`);
      return sweepDetailSchema.parse(await response.json());
    };

    async function lookAtPages(): Promise<void> {
      const pages = [
        [exposed.coordinator, `${stack.url}/metrics`],
        ...workers.map(({ metrics }) => [exposed.worker, `http://${metrics}/metrics`] as const),
      ] as const;
      for (const [into, url] of pages)
        for (const [name, metric] of readExposition(await (await fetch(url)).text()))
          if (metric.series > 0) into.set(name, metric);
          else if (!into.has(name)) into.set(name, metric);
    }

    async function askWhatIsLeft(): Promise<void> {
      for (const [where, query] of waiting) {
        const found = await queryPrometheus(prometheusUrl, query);
        if (found.some(({ value }) => Number.isFinite(value))) waiting.delete(where);
      }
    }

    beforeAll(async () => {
      const library = join(dir.path, 'libnvidia-ml.so.1');
      const source = join(root, 'apps/worker/src/testing/nvml-stub.c');
      if (hasCompiler) execFileSync('cc', ['-shared', '-fPIC', '-o', library, source]);
      for (const name of ['first', 'second'])
        workers.push(await stack.startWorker(name, { FATHOM_NVML_LIBRARY: library }));
      prometheusUrl = (await stack.startPrometheus()).url;
      const response = await fetch(`${stack.url}/v1/sweeps`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(
          aSweepRequest({
            name: 'error by depth',
            dataset: { kind: 'shapes', trainImages: 400, testImages: 50 },
            space: { depth: [8, 14], variant: ['residual', 'plain'], seed: { min: 0, max: 1 } },
            scheduler: { algorithm: 'asha', eta: 2, compare: 'depth' },
            recipe: { width: 0.25, epochs: 4, batchSize: 20, learningRate: 0.05 },
            budget: { maxDeviceHours: 1, maxWallClockSeconds: 3_600 },
          }),
        ),
      });
      sweep = sweepDetailSchema.parse(await response.json());

      const values = { sweep: sweep.id, depth: '.*', worker: '.*', __rate_interval: '10s', __range: '5m' };
      for (const [where, query] of panelQueries) waiting.set(where, fillIn(query, values));
      for (const query of variableQueries) waiting.set(`variable: ${query}`, fillIn(query, values));
      for (const { record, expr } of rules) {
        if (record !== undefined) waiting.set(`rule ${record}`, record);
        // An alert that does not fire has no result; what it looks at has one.
        for (const [name] of expr.matchAll(/\bfathom_\w+/g)) waiting.set(`of rules: ${name}`, name);
      }
      for (const [where, query] of waiting) if (isHidden(query)) waiting.delete(where);
      // While the sweep runs: nothing of what people look at then may be without data.
      for (let state = sweep.state; state === 'running'; { state } = await sweepNow()) {
        await lookAtPages();
        await askWhatIsLeft();
      }
    });

    it('shows data in every panel, for every variable and under every rule', () => {
      expect(panelQueries.size).toBeGreaterThan(50);
      expect([...waiting]).toEqual([]);
    });

    it('has rules that Prometheus evaluates without a fault', async () => {
      const response = await fetch(`${prometheusUrl}/api/v1/rules`);
      const { data } = z
        .object({
          data: z.object({
            groups: z.array(
              z.object({
                rules: z.array(
                  z.object({ name: z.string(), health: z.string(), lastError: z.string().optional() }),
                ),
              }),
            ),
          }),
        })
        .parse(await response.json());
      const evaluated = data.groups.flatMap((group) => group.rules);
      expect(evaluated).toHaveLength(rules.length);
      expect(evaluated.filter(({ health }) => health !== 'ok')).toEqual([]);
    });

    it('links to pages of the API that there are', async () => {
      expect(boardLinks.length).toBeGreaterThanOrEqual(8);
      for (const link of boardLinks) {
        const url = fillIn(link, { api: stack.url, sweep: sweep.id });
        expect([url, (await fetch(url)).status]).toEqual([url, 200]);
      }
    });

    it.each(['coordinator', 'worker'] as const)(
      'serves the metrics of the table, and no others: %s',
      (program) => {
        const table = metricsOf(program);
        const pages = exposed[program];
        const constant = program === 'worker' ? ['worker'] : [];
        expect([...pages.keys()].filter((name) => !table.has(name))).toEqual([]);
        const isExpected = ({ name }: Metric) => !isHidden(name) && !isOfOtherSystems(name);
        const missing = [...table.values()].filter(
          (metric) => isExpected(metric) && (pages.get(metric.name)?.series ?? 0) === 0,
        );
        expect(missing.map(({ name }) => name)).toEqual([]);
        for (const [name, metric] of pages) {
          const row = table.get(name);
          expect([name, row && differences(row, metric, constant)]).toEqual([name, []]);
          if (name.startsWith('fathom_')) expect([name, metric.help]).toEqual([name, row?.help]);
        }
      },
    );

    it('has no series of trials when they have ended', async () => {
      await eventually(async () => {
        for (const { metrics } of workers) {
          const page = readExposition(await (await fetch(`http://${metrics}/metrics`)).text());
          for (const [name, { series }] of page)
            if (name.startsWith('fathom_trial_')) expect([name, series]).toEqual([name, 0]);
        }
      });
    });
  },
);

/** Node.js has nothing to say of these at most moments. */
const isOfOtherSystems = (name: string): boolean => /^nodejs_active_(requests|handles)$/.test(name);
