import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openEngine } from '@fathom/engine';
import { spawnNode, useTempDir } from '@fathom/testkit';

const { device } = openEngine();
const isGpu = device.startsWith('gpu');
const onGpu = isGpu ? describe : describe.skip;

interface Row {
  readonly precision: string;
  readonly imagesPerSecond: number;
  readonly busy: number;
  readonly benchCase: { readonly depth: number };
}

onGpu(isGpu ? `bench on ${device}` : 'bench on a GPU (skipped: TensorFlow sees none)', () => {
  const dir = useTempDir();

  it('has rows at depths 20 to 152, in TF32, bfloat16 and float16, with images per second and utilisation', async () => {
    const json = join(dir.path, 'run.json');
    const args = ['--no-setup', '--parts', 'gpu', '--quick', '--contenders', 'fathom', '--json', json];
    const bench = spawnNode(join(__dirname, '../tools/bench/main.mjs'), [...args, '--dry']);
    const { code } = await bench.exited;
    expect([code, bench.output()]).toEqual([0, expect.stringContaining('img/s')]);
    const { gpu } = JSON.parse(readFileSync(json, 'utf8')) as {
      gpu: { device: string; rows: readonly Row[] };
    };
    expect(gpu.device).toMatch(/^gpu/);
    for (const depth of [20, 110, 18, 34, 50, 101, 152])
      for (const precision of ['float32', 'bfloat16', 'float16']) {
        const row = gpu.rows.find((each) => each.benchCase.depth === depth && each.precision === precision);
        expect(row?.imagesPerSecond).toBeGreaterThan(0);
        expect(row?.busy).toBeGreaterThan(0);
      }
  }, 900_000);
});
