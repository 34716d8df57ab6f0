import { trainingConfigSchema } from '@fathom/contracts';
import { resolveArchitecture, summariseLayers } from '@fathom/resnet';
import { layerTable } from './layer-table';

const layersOf = (depth: number, imageSize: number, classes: number) =>
  summariseLayers(
    resolveArchitecture(trainingConfigSchema.omit({ stages: true }).parse({ depth }), {
      imageSize,
      channels: 3,
      classes,
    }),
  );

describe('layerTable', () => {
  it('fits a terminal of 100 columns, for the deepest networks too', () => {
    for (const [depth, imageSize, classes] of [
      [152, 224, 1000],
      [1202, 64, 10],
    ] as const) {
      const lines = layerTable(layersOf(depth, imageSize, classes), 'layer').split('\n');
      expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(100);
    }
  });

  it('has a line for each layer, and the sums', () => {
    const lines = layerTable(layersOf(50, 224, 1000), 'layer').split('\n');
    const cells = (name: string) => lines.find((line) => line.startsWith(`${name} `))?.split(/ {2,}/);
    expect(cells('layer2.0.conv2')).toEqual([
      ...['layer2.0.conv2', 'conv 3x3/2', '128x56x56', '128x28x28', '147,456', '115,605,504'],
    ]);
    expect(cells('fc')).toEqual(['fc', 'dense', '2048', '1000', '2,049,000', '2,048,000']);
    expect(cells('total')).toEqual(['total', '25,557,032', '4,089,184,256']);
  });

  it('adds layers up to blocks and stages', () => {
    const rows = (by: 'block' | 'stage') =>
      layerTable(layersOf(20, 32, 10), by)
        .split('\n')
        .slice(2, -2)
        .map((line) => line.split(/ {2,}/).slice(0, 2));
    expect(rows('stage')).toEqual([
      ['conv1', '1 convolution'],
      ['layer1', '3 blocks'],
      ['layer2', '3 blocks'],
      ['layer3', '3 blocks'],
      ['avgpool', 'mean'],
      ['flatten', 'flatten'],
      ['fc', 'dense'],
    ]);
    expect(rows('block')).toContainEqual(['layer2.0', '3 convolutions']);
    expect(
      layerTable(layersOf(20, 32, 10), 'stage')
        .split('\n')
        .at(-1),
    ).toMatch(/272,474/);
  });
});
