import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { metricCatalog } from '@fathom/contracts';
import { parse } from 'yaml';
import { z } from 'zod';

const root = join(__dirname, '..');
const rules = join(root, 'deploy/prometheus/rules');
const ruleSchema = z.object({
  record: z.string().optional(),
  alert: z.string().optional(),
  expr: z.string(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});
const fileSchema = z.object({ groups: z.array(z.object({ rules: z.array(ruleSchema) })) });
const all = readdirSync(rules).flatMap((name) =>
  fileSchema.parse(parse(readFileSync(join(rules, name), 'utf8'))).groups.flatMap((group) => group.rules),
);
const alerts = all.filter(({ alert }) => alert !== undefined);
const page = readFileSync(join(root, 'docs/runbook.md'), 'utf8');
const entries = [...page.matchAll(/^## (.+)$/gm)].map(([, title]) => title);

describe('the rules of Prometheus', () => {
  it('have an entry in the runbook for each alert, where its runbook_url leads, and none beside', () => {
    expect(entries).toEqual(alerts.map(({ alert }) => alert));
    for (const { alert, annotations } of alerts)
      expect(annotations?.['runbook_url']).toBe(`docs/runbook.md#${(alert ?? '').toLowerCase()}`);
  });

  it('say how bad an alert is and, in a sentence, what is wrong', () => {
    for (const { labels, annotations } of alerts) {
      expect(['critical', 'warning', 'info']).toContain(labels?.['severity']);
      expect(annotations?.['summary']).toMatch(/\.$/);
    }
  });

  it('ask for metrics that there are', () => {
    const known = new Set(
      metricCatalog.flatMap(({ metrics }) =>
        metrics.flatMap(({ name, type }) =>
          type === 'histogram' ? ['_bucket', '_count', '_sum'].map((suffix) => name + suffix) : [name],
        ),
      ),
    );
    const recorded = new Set(all.map(({ record }) => record));
    for (const { expr } of all) {
      for (const [name] of expr.matchAll(/\b(?:fathom|bullmq)_\w+/g)) expect(known).toContain(name);
      for (const [name] of expr.matchAll(/\bfathom:\w+:\w+/g)) expect(recorded).toContain(name);
    }
  });
});
