#!/usr/bin/env node
// Copies into the chart what it hands on to Prometheus and Grafana: helm reads no file outside of a chart.
import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup/paths.mjs';

const target = join(root, 'deploy/helm/fathom/files');
const copies = [
  { from: 'deploy/prometheus/rules', to: 'rules', files: /\.yml$/ },
  { from: 'deploy/grafana/boards', to: 'boards', files: /\.json$/ },
];

rmSync(target, { recursive: true, force: true });
for (const { from, to, files } of copies) {
  mkdirSync(join(target, to), { recursive: true });
  for (const name of readdirSync(join(root, from)).filter((file) => files.test(file)))
    cpSync(join(root, from, name), join(target, to, name));
}
