import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { readModel } from '@fathom/artifacts';
import { spawnNode, useTempDir } from '@fathom/testkit';

const FATHOM = join(__dirname, '../../apps/cli/dist/main.js');

async function fathom(...args: readonly string[]) {
  const child = spawnNode(FATHOM, args, { TF_CPP_MIN_LOG_LEVEL: '2' });
  const { code } = await child.exited;
  return { code, output: child.output() };
}

describe('a model by command line', () => {
  const dir = useTempDir();
  const path = (name: string) => join(dir.path, name);
  const images = ['wide.png', 'small.png'].map((name) => () => path(name));
  const [wide = () => '', small = () => ''] = images;

  beforeAll(async () => {
    const colour = { channels: 3, background: '#a33' } as const;
    await sharp({ create: { width: 90, height: 40, ...colour } }).toFile(wide());
    await sharp({ create: { width: 32, height: 32, ...colour } }).toFile(small());
    writeFileSync(path('broken.jpg'), 'no image');
    const made = await fathom(
      ...[
        'train',
        '--depth',
        '8',
        '--width',
        '0.25',
        '--data',
        'shapes',
        '--images',
        '200',
        '--test-images',
        '20',
      ],
      ...['--epochs', '1', '--batch', '20', '--threads', '1', '--save', path('model')],
    );
    expect(made).toMatchObject({ code: 0, output: expect.stringContaining('model saved in') as string });
  });

  it('is kept by train --save', async () => {
    const { description } = await readModel(path('model'));
    expect(description).toMatchObject({ architecture: { depth: 8, width: 0.25 }, input: { imageSize: 32 } });
    expect(description.metrics['testError']).toEqual(expect.any(Number));
  });

  it('says what is on images, and names those that it cannot read', async () => {
    const { code, output } = await fathom(
      'predict',
      path('model'),
      wide(),
      path('broken.jpg'),
      small(),
      '--top',
      '2',
    );
    expect(code).toBe(2);
    expect(output).toContain(`fathom: ${path('broken.jpg')} cannot be decoded`);
    for (const image of [wide(), small()])
      expect(output).toMatch(new RegExp(`${image}\n +\\d+\\.\\d\\d %  \\w+\n +\\d+\\.\\d\\d %  \\w+\n`));
  });

  it('says it in JSON', async () => {
    const { code, output } = await fathom('predict', path('model'), wide(), small(), '--json', '--top', '10');
    expect(code).toBe(0);
    const json = JSON.parse(output.slice(output.indexOf('[\n'))) as {
      image: string;
      classes: { probability: number }[];
    }[];
    expect(json.map(({ image }) => image)).toEqual([wide(), small()]);
    for (const { classes } of json) {
      const probabilities = classes.map(({ probability }) => probability);
      expect(probabilities.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
      expect(probabilities).toEqual(probabilities.toSorted((a, b) => b - a));
    }
    // Both are of one colour, whatever their size.
    expect(json[0]?.classes).toEqual(json[1]?.classes);
  });

  it('leaves in each format, into a new folder only', async () => {
    const written = {
      'saved-model': ['saved_model.pb', 'assets.extra/classes.txt'],
      'tfjs-layers': ['model.json', 'weights.bin'],
      safetensors: ['model.safetensors', 'classes.txt'],
    };
    for (const [format, names] of Object.entries(written)) {
      const { code } = await fathom('export', path('model'), path(format), '--format', format);
      expect(code).toBe(0);
      for (const name of names) expect(readFileSync(join(path(format), name)).length).toBeGreaterThan(10);
    }
    expect(readFileSync(path('safetensors/model.safetensors'))).toEqual(
      readFileSync(path('model/model.safetensors')),
    );
    const again = await fathom('export', path('model'), path('model'), '--format', 'tfjs-layers');
    expect(again).toMatchObject({ code: 2, output: expect.stringContaining('not empty') as string });
  });

  it('is missed by name', async () => {
    const { code, output } = await fathom('predict', path('nothing'), small());
    expect(code).toBe(2);
    expect(output).toContain(path('nothing/model.json'));
  });

  it('is refused before a training where it could not be saved', async () => {
    const { code, output } = await fathom(
      'train',
      '--depth',
      '8',
      '--data',
      'shapes',
      '--save',
      path('broken.jpg/model'),
    );
    expect(code).toBe(2);
    expect(output).toContain(path('broken.jpg/model'));
    expect(output).not.toContain('epoch');
  });
});
