import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findPromtool } from '@fathom/services';
import { useTempDir } from '@fathom/testkit';
import { parse } from 'yaml';
import { chart, render } from './chart';
import { describeWithTools, root } from './deploy-tools';
import { ofKind, type Rule, type Rules } from './kubernetes-object';

const folder = join(root, 'deploy/prometheus');
const promtool = findPromtool();
const describeWithPromtool = promtool === undefined ? describe.skip : describe;

const chartRules = (...args: readonly string[]): Rules[] =>
  ofKind(render('--values', join(chart, 'ci/gpu-values.yaml'), ...args), 'PrometheusRule').map(
    ({ spec }) => spec,
  );
const rulesOf = (files: readonly Rules[]): Rule[] =>
  files.flatMap(({ groups }) => groups.flatMap(({ rules }) => rules));
const plain = readdirSync(join(folder, 'rules'))
  .sort()
  .map((name) => parse(readFileSync(join(folder, 'rules', name), 'utf8')) as Rules);
const { home } = parse(readFileSync(join(chart, 'Chart.yaml'), 'utf8')) as { home: string };
const runbook = `${home}/blob/main/docs/runbook.md`;

interface AlertTest {
  readonly input_series: readonly { readonly series: string; readonly values: string }[];
  readonly alert_rule_test?: readonly {
    readonly exp_alerts: readonly {
      readonly exp_labels: Readonly<Record<string, string>>;
      readonly exp_annotations: { readonly summary: string; readonly runbook_url: string };
    }[];
  }[];
}
/** Those of the plain rules. Zeroes such as `0x20` are words of promtool's, no numbers. */
const { tests: alertTests } = parse(readFileSync(join(folder, 'tests/alerts.yml'), 'utf8'), {
  merge: true,
  customTags: (tags) => tags.filter((tag) => typeof tag === 'string' || tag.format !== 'HEX'),
}) as { readonly tests: readonly AlertTest[] };

describeWithTools("the chart's rules", () => {
  const files = chartRules();

  it('are the plain ones, narrowed to the namespace of the release', () => {
    const [all, given] = [rulesOf(files), rulesOf(plain)];
    expect(given.length).toBeGreaterThan(15);
    expect(all.map(({ expr }) => expr.replaceAll(/namespace="ml"(, )?/g, '').replaceAll('{}', ''))).toEqual(
      given.map(({ expr }) => expr),
    );
    for (const { expr } of all)
      for (const [series] of expr.matchAll(/\b(?:fathom|bullmq|nodejs|process)[_:][\w:]+(?:\{[^}]*\})?/g))
        expect(series).toContain('{namespace="ml"');
    expect(
      all.map(({ labels: { namespace, ...labels } = {}, annotations = {}, ...rule }) => ({
        ...rule,
        expr: '',
        labels,
        annotations: { ...annotations, namespace },
      })),
    ).toEqual(
      given.map(({ labels = {}, annotations = {}, ...rule }) => ({
        ...rule,
        expr: '',
        labels,
        annotations: {
          ...annotations,
          ...(rule.alert === undefined
            ? {}
            : { runbook_url: annotations['runbook_url']?.replace('docs/runbook.md', runbook) }),
          namespace: 'ml',
        },
      })),
    );
  });

  it('are not narrowed where Prometheus knows no namespaces; alerts have theirs all the same', () => {
    const all = rulesOf(chartRules('--set', 'autoscaling.namespaceLabel='));
    expect(all.map(({ expr }) => expr)).toEqual(rulesOf(plain).map(({ expr }) => expr));
    for (const { alert, labels } of all) expect(labels?.['namespace']).toBe(alert && 'ml');
  });

  it('go by the label that Prometheus has for namespaces', () => {
    const all = rulesOf(chartRules('--set', 'autoscaling.namespaceLabel=team'));
    for (const { alert, labels, expr } of all) {
      expect(expr).toContain('{team="ml"');
      expect(labels).toMatchObject({ team: 'ml', ...(alert === undefined ? {} : { namespace: 'ml' }) });
    }
  });

  it("lead to the runbook that is named, by default to that of the chart's home", () => {
    const urls = (given: readonly Rules[]) =>
      rulesOf(given).flatMap(({ annotations }) => annotations?.['runbook_url'] ?? []);
    expect(urls(files)).toContain(`${runbook}#fathomnoleader`);
    const own = 'https://wiki.example.com/fathom/runbook';
    const named = urls(chartRules('--set', `monitoring.rules.runbookUrl=${own}`));
    expect(named).toEqual(urls(files).map((url) => url.replace(runbook, own)));
    expect(named.filter((url) => !URL.canParse(url))).toEqual([]);
  });

  describeWithPromtool(`by promtool${promtool === undefined ? ' (skipped: no promtool)' : ''}`, () => {
    const dir = useTempDir();
    const run = (...args: readonly string[]) => execFileSync(promtool ?? '', args, { encoding: 'utf8' });

    /** In a namespace beside ours, where all is well. */
    const neighbour = Object.entries({
      'fathom_leader{namespace="other"}': '1x60',
      'fathom_pool_trials{namespace="other", pool="gpu", state="waiting"}': '0x60',
      'fathom_pool_trials{namespace="other", pool="gpu", state="running"}': '8x60',
      'fathom_pool_slots{namespace="other", pool="gpu"}': '8x60',
      'fathom_leases{namespace="other", state="held"}': '8x60',
      'fathom_dependency_up{namespace="other", dependency="redis", instance="a"}': '1x60',
      'fathom_dependency_up{namespace="other", dependency="redisPolicy", instance="a"}': '1x60',
      'fathom_attempt_run_seconds_count{namespace="other", outcome="completed"}': '0+100x60',
      'fathom_http_request_duration_seconds_count{namespace="other", route="/v1/sweeps", status="200"}':
        '0+1000x60',
      'fathom_sweep_device_seconds_budget{namespace="other", sweep_id="s", sweep="depth"}': '1000000x60',
      'fathom_sweep_trials{namespace="other", sweep_id="lost", sweep="lost", state="queued"}': '5x60',
      'fathom_sweep_trials{namespace="other", sweep_id="lost", sweep="lost", state="running"}': '0x60',
    }).map(([series, values]) => ({ series, values }));

    const write = (name: string, content: object) => {
      const file = join(dir.path, name);
      writeFileSync(file, JSON.stringify(content));
      return file;
    };

    it('fire as the plain ones do, whatever another release under the same Prometheus says', () => {
      const rule_files = files.map((file, i) => write(`rules-${i}.yml`, file));
      run('check', 'rules', ...rule_files);
      const tests = alertTests
        .filter(({ alert_rule_test }) => alert_rule_test !== undefined)
        .map(({ input_series, alert_rule_test = [] }) => ({
          interval: '1m',
          input_series: [
            ...input_series.map(({ series, values }) => ({
              series: series.replace('{', '{namespace="ml", '),
              values,
            })),
            ...neighbour,
          ],
          alert_rule_test: alert_rule_test.map((test) => ({
            ...test,
            exp_alerts: test.exp_alerts.map(({ exp_labels, exp_annotations }) => ({
              exp_labels: { ...exp_labels, namespace: 'ml' },
              exp_annotations: {
                ...exp_annotations,
                runbook_url: exp_annotations.runbook_url.replace('docs/runbook.md', runbook),
              },
            })),
          })),
        }));
      expect(tests.length).toBeGreaterThan(15);
      const test = write('test.yml', {
        rule_files,
        evaluation_interval: '1m',
        group_eval_order: ['fathom-recording', 'fathom-alerts'],
        tests,
      });
      expect(run('test', 'rules', test)).toContain('SUCCESS');
    });
  });
});
