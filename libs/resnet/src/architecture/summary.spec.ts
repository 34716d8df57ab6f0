import { trainingConfigSchema } from '@fathom/contracts';
import { resolveArchitecture, type ArchitectureConfig } from './architecture';
import { countMacs, countParameters } from './counting';
import { summariseLayers } from './summary';

const resolve = (
  config: Partial<ArchitectureConfig> & { depth: number },
  imageSize: number,
  classes: number,
) =>
  resolveArchitecture(
    { ...trainingConfigSchema.omit({ stages: true }).parse(config) },
    { imageSize, channels: 3, classes },
  );

describe('summariseLayers', () => {
  it.each([
    [resolve({ depth: 50 }, 224, 1000)],
    [resolve({ depth: 18, variant: 'plain' }, 97, 3)],
    [resolve({ depth: 110, shortcut: 'zero-pad' }, 32, 10)],
    [resolve({ depth: 29, width: 1.5 }, 29, 7)],
  ])('adds up to the counts and joins up, case %#', (architecture) => {
    const layers = summariseLayers(architecture);
    const sum = (of: 'parameters' | 'macs') => layers.reduce((total, layer) => total + layer[of], 0);
    expect(sum('parameters')).toBe(countParameters(architecture));
    expect(sum('macs')).toBe(countMacs(architecture));
    expect(new Set(layers.map(({ name }) => name)).size).toBe(layers.length);
    layers.slice(1).forEach((layer, i) => {
      // A shortcut begins again at the input of its block.
      if (/downsample\.0|shortcut/.test(layer.name)) return;
      expect([layer.name, layer.inputShape]).toEqual([layer.name, layers[i]?.outputShape]);
    });
  });

  it("goes through a block in torchvision's order", () => {
    const block = summariseLayers(resolve({ depth: 50 }, 224, 1000)).filter(
      ({ part }) => part === 'layer2.0',
    );
    expect(block.map(({ name }) => name.replace('layer2.0.', ''))).toEqual([
      ...['conv1', 'bn1', 'relu1', 'conv2', 'bn2', 'relu2', 'conv3', 'bn3'],
      ...['downsample.0', 'downsample.1', 'add', 'relu3'],
    ]);
    expect(block[3]).toMatchObject({
      window: { size: 3, stride: 2 },
      inputShape: [128, 56, 56],
      outputShape: [128, 28, 28],
      parameters: 147_456,
      macs: 147_456 * 28 * 28,
    });
  });

  it('has a shortcut layer where zeros are padded, and none in a plain network', () => {
    const kinds = (config: Partial<ArchitectureConfig>) =>
      summariseLayers(resolve({ depth: 8, ...config }, 32, 10)).map(({ kind }) => kind);
    expect(kinds({ shortcut: 'zero-pad' }).filter((kind) => kind === 'zero-pad')).toHaveLength(2);
    expect(kinds({ variant: 'plain' })).not.toContain('add');
  });
});
