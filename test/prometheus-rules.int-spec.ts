import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findPromtool } from '@fathom/services';

const folder = join(__dirname, '../deploy/prometheus');
const filesIn = (name: string) => readdirSync(join(folder, name)).map((file) => join(folder, name, file));
const promtool = findPromtool();
const why = promtool === undefined ? ' (skipped: there is no promtool on the PATH)' : '';

(promtool === undefined ? describe.skip : describe)(`deploy/prometheus${why}`, () => {
  const run = (...args: string[]) => promisify(execFile)(promtool ?? '', args);

  it('is a configuration that Prometheus takes', async () => {
    const { stdout } = await run('check', 'config', '--syntax-only', join(folder, 'prometheus.yml'));
    expect(stdout).toContain('SUCCESS');
  });

  it('has rules that Prometheus takes', async () => {
    const { stdout } = await run('check', 'rules', ...filesIn('rules'));
    expect(stdout.match(/SUCCESS: \d+ rules found/g)).toHaveLength(filesIn('rules').length);
  });

  it('has alerts that fire when they are to, and only then', async () => {
    const { stdout } = await run('test', 'rules', ...filesIn('tests'));
    expect(stdout).toContain('SUCCESS');
  });
});
