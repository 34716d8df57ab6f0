import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { root, runTool, type Ended } from './deploy-tools';
import { containerOf, type Deployment, type KubernetesObject } from './kubernetes-object';

export const chart = join(root, 'deploy/helm/fathom');
export const valuesFiles = readdirSync(join(chart, 'ci')).sort();
export const secrets = ['--set', 'redis.existingSecret=r,postgres.existingSecret=p'];

export const helmTemplate = (...args: readonly string[]): Ended =>
  runTool('helm', ['template', 'release', chart, '--namespace', 'ml', ...args]);

/** All objects of the chart with these arguments. @throws Error with what helm says, where it does not render */
export function render(...args: readonly string[]): KubernetesObject[] {
  const { code, stdout, stderr } = helmTemplate(...args);
  if (code !== 0) throw new Error(stderr);
  return parseAllDocuments(stdout)
    .map((document) => {
      if (document.errors.length > 0) throw document.errors[0] ?? new Error('no YAML');
      return document.toJS() as KubernetesObject | null;
    })
    .filter((object) => object !== null);
}

export const renderFile = (file: string): KubernetesObject[] => render('--values', join(chart, 'ci', file));

/** Variables with a value of their own, and samples for those of secrets and of the machine. */
export function environmentOf(deployment: Deployment): Record<string, string> {
  const samples: Record<string, string> = {
    REDIS_URL: 'redis://redis:6379',
    DATABASE_URL: 'postgres://postgres:5432/fathom',
  };
  return Object.fromEntries(
    containerOf(deployment).env.map(({ name, value }) => [name, value ?? samples[name] ?? 'sample']),
  );
}
