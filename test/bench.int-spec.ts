import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnNode, useTempDir } from '@fathom/testkit';

const main = join(__dirname, '../tools/bench/main.mjs');
const dir = useTempDir();

async function bench(...args: string[]) {
  const child = spawnNode(main, ['--no-setup', ...args]);
  const { code } = await child.exited;
  return { code, output: child.output() };
}

const marks = (name: string, text: string) => `<!-- bench:${name} -->\n\n${text}\n\n<!-- /bench:${name} -->`;

interface Run {
  readonly results: readonly {
    readonly benchCase: { readonly flops: number; readonly parameters: number };
    readonly matrixFlops: readonly number[];
    readonly figures: readonly {
      readonly name: string;
      readonly stepMs: readonly number[];
      readonly timesOurs: number;
      readonly peakBytes?: number;
    }[];
  }[];
}

describe('npm run bench', () => {
  it('measures in rounds, and writes its tables between the marks of a page and nothing else', async () => {
    const [json, page] = [join(dir.path, 'run.json'), join(dir.path, 'page.md')];
    const sections = ['about', 'summary', 'steps'].map((name) => marks(name, 'old'));
    writeFileSync(page, `# Page\n\nBefore.\n\n${sections.join('\n\n')}\n\nBehind.\n`);
    const { code, output } = await bench(
      ...['--case', 'resnet20', '--precision', 'float32', '--contenders', 'fathom,tf-layers'],
      ...['--batch', '8', '--rounds', '2', '--round-ms', '1', '--json', json, '--page', page],
    );
    expect([code, output]).toEqual([0, expect.stringContaining('round 2/2')]);

    const { results } = JSON.parse(readFileSync(json, 'utf8')) as Run;
    expect(results).toHaveLength(1);
    const [{ benchCase, figures, matrixFlops }] = results as [Run['results'][number]];
    // 3 x 40.81 M multiply-accumulates less the first layer's 0.44 M, twice, for 8 images.
    expect(benchCase.parameters).toBe(272_474);
    expect(benchCase.flops / 8).toBeCloseTo(2 * (3 * 40_813_184 - 32 * 32 * 27 * 16), 0);
    expect(matrixFlops.every((rate) => rate > 1e8)).toBe(true);
    expect(figures.map(({ name, stepMs }) => [name, stepMs.length])).toEqual([
      ['fathom', 2],
      ['tf-layers', 2],
    ]);
    expect(figures[0]?.timesOurs).toBe(1);
    expect(figures[1]?.timesOurs).toBeGreaterThan(1);

    const written = readFileSync(page, 'utf8');
    expect(written).toMatch(/^# Page\n\nBefore\.\n\n<!-- bench:about -->/);
    expect(written).toMatch(/<!-- \/bench:steps -->\n\nBehind\.\n$/);
    expect(written).not.toContain('old');
    expect(written).toMatch(/\| ResNet-20, 32 px, batch 8 +\| float32 +\| tf\.layers +\| [\d.]+ +\|/);
  });

  it('writes the tables of an earlier run, and says which section a page lacks', async () => {
    const [json, page] = [join(dir.path, 'empty.json'), join(dir.path, 'other.md')];
    const machine = { threads: 1, allocator: 'keep' };
    const run = { date: '2026-01-01', command: 'x', hardware: 'h', machine, versions: {}, absent: {} };
    writeFileSync(json, JSON.stringify({ ...run, results: [], startup: [] }));
    writeFileSync(page, '# Page\n');
    const { code, output } = await bench('--from', json, '--page', page);
    expect([code, output]).toEqual([1, expect.stringContaining('has no section <!-- bench:about -->')]);
  });

  it.each([
    [['--case', 'resnet21'], '--case: there is no resnet21; allowed are resnet20,'],
    [['--rounds', '0'], '--rounds: expected a whole number of at least 1, given 0'],
    [['--speed', 'high'], "Unknown option '--speed'"],
  ])('refuses %j', async (args, message) => {
    const { code, output } = await bench(...args);
    expect([code, output]).toEqual([2, expect.stringContaining(message)]);
  });
});
