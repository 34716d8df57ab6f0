import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { metricsOf } from '@fathom/contracts';
import { findPromtool } from '@fathom/services';
import { useTempDir } from '@fathom/testkit';
import { renderFile } from './chart';
import { describeWithTools } from './deploy-tools';
import { ofKind } from './kubernetes-object';

const promtool = findPromtool();
const describeWithPromtool = promtool === undefined ? describe.skip : describe;

describeWithTools('what KEDA asks', () => {
  const [scaled] = ofKind(renderFile('gpu-values.yaml'), 'ScaledObject').filter(({ metadata }) =>
    metadata.name.endsWith('-a100'),
  );
  const { query, ignoreNullValues } = scaled!.spec.triggers[0]!.metadata;

  it('names metrics and labels of the table', () => {
    const table = metricsOf('coordinator');
    const used = [...query.matchAll(/(fathom_\w+)\{([^}]*)\}/g)];
    expect(used).toHaveLength(2);
    for (const [, name = '', matchers = ''] of used) {
      const labels = [...matchers.matchAll(/(\w+)[=!]~?"/g)].map(([, label = '']) => label);
      // Prometheus puts the namespace on what it scrapes.
      const unknown = labels.filter(
        (label) => label !== 'namespace' && !(label in (table.get(name)?.labels ?? {})),
      );
      expect([name, unknown, table.has(name)]).toEqual([name, [], true]);
      const states = /state=~"([^"]*)"/.exec(matchers)?.[1]?.split('|') ?? [];
      expect(table.get(name)?.labels['state'] ?? []).toEqual(expect.arrayContaining(states));
    }
  });

  it('asks by the namespace only where Prometheus knows it', () => {
    const [other] = ofKind(renderFile('no-default-pool-values.yaml'), 'ScaledObject');
    expect(query).toContain('namespace="ml"');
    expect(other!.spec.triggers[0]!.metadata.query).toBe(
      query.replaceAll(/,?namespace="ml"/g, '').replace('a100', 'l4'),
    );
  });

  it('keeps the workers where there is no answer', () => {
    expect(ignoreNullValues).toBe('false');
    expect(scaled!.spec).not.toHaveProperty('fallback');
  });

  describeWithPromtool(`by promtool${promtool === undefined ? ' (skipped: no promtool)' : ''}`, () => {
    const dir = useTempDir();
    const answer = (series: Record<string, string>, expected: readonly number[]) => {
      const file = join(dir.path, 'query.yml');
      const input_series = Object.entries(series).map(([name, value]) => ({ series: name, values: value }));
      const exp_samples = expected.map((value) => ({ labels: '{}', value }));
      const promql_expr_test = [{ expr: query, eval_time: '1m', exp_samples }];
      const tests = [{ interval: '1m', input_series, promql_expr_test }];
      writeFileSync(file, JSON.stringify({ rule_files: [], evaluation_interval: '1m', tests }));
      execFileSync(promtool!, ['test', 'rules', file], { stdio: 'pipe' });
    };
    const trials = (pod: string, pool: string, state: string) =>
      `fathom_pool_trials{namespace="ml",pod="${pod}",pool="${pool}",state="${state}"}`;
    const leader = 'fathom_leader{namespace="ml",pod="a"}';

    it('counts what waits and what runs once, however many coordinators say so', () => {
      answer(
        {
          [leader]: '1 1',
          [trials('a', 'a100', 'waiting')]: '7 7',
          [trials('b', 'a100', 'waiting')]: '7 7',
          [trials('a', 'a100', 'running')]: '2 2',
          [trials('b', 'a100', 'running')]: '2 2',
          [trials('a', 'default', 'waiting')]: '100 100',
          [`fathom_pool_trials{namespace="other",pool="a100",state="waiting"}`]: '50 50',
        },
        [9],
      );
    });

    it('has 0 for a pool that nobody has heard of', () => {
      answer({ [leader]: '1 1', [trials('a', 'default', 'waiting')]: '3 3' }, [0]);
    });

    it('has nothing where no coordinator is scraped, or none reaches the database: that is no 0', () => {
      answer({ [leader]: '1 1' }, []);
      answer({ 'fathom_pool_trials{namespace="other",pool="a100",state="waiting"}': '1 1' }, []);
    });
  });
});
