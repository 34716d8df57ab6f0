import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { metricCatalog } from '@fathom/contracts';
import { parse } from 'yaml';
import { z } from 'zod';
import { createProgram } from '../apps/cli/src/main';

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
const commands = new Set(createProgram().commands.map((command) => command.name()));
const entries = [...page.matchAll(/^## (.+)$/gm)].map(([, title]) => title);

describe('the rules of Prometheus', () => {
  it('have an entry in the runbook for each alert, where its runbook_url leads, and none beside', () => {
    expect(entries).toEqual(alerts.map(({ alert }) => alert));
    for (const { alert, annotations } of alerts)
      expect(annotations?.['runbook_url']).toBe(`docs/runbook.md#${(alert ?? '').toLowerCase()}`);
  });

  it('have a runbook that names commands that there are', () => {
    const named = [...page.matchAll(/`fathom ([a-z-]+)/g)].map(([, command]) => command);
    expect(named.length).toBeGreaterThan(5);
    for (const command of named) expect(commands).toContain(command);
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
