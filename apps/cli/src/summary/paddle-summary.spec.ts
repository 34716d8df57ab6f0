import { trainingConfigSchema } from '@fathom/contracts';
import { resolveArchitecture, summariseLayers, type ArchitectureConfig } from '@fathom/resnet';
import { paddleSummary } from './paddle-summary';

/** Printed by paddle.summary for a basic block of 64 to 128 channels at stride 2, input [1, 64, 224, 224]. */
const basicBlock = [
  '-'.repeat(75),
  ' Layer (type)       Input Shape          Output Shape         Param #    ',
  '='.repeat(75),
  '   Conv2D-1     [[1, 64, 224, 224]]   [1, 128, 112, 112]      73,728     ',
  ' BatchNorm2D-1  [[1, 128, 112, 112]]  [1, 128, 112, 112]        512      ',
  '    ReLU-1      [[1, 128, 112, 112]]  [1, 128, 112, 112]         0       ',
  '   Conv2D-2     [[1, 128, 112, 112]]  [1, 128, 112, 112]      147,456    ',
  ' BatchNorm2D-2  [[1, 128, 112, 112]]  [1, 128, 112, 112]        512      ',
  '   Conv2D-3     [[1, 64, 224, 224]]   [1, 128, 112, 112]       8,192     ',
  ' BatchNorm2D-3  [[1, 128, 112, 112]]  [1, 128, 112, 112]        512      ',
  '    ReLU-2      [[1, 128, 112, 112]]  [1, 128, 112, 112]         0       ',
  '='.repeat(75),
  'Total params: 230,912',
  'Trainable params: 229,376',
  'Non-trainable params: 1,536',
  '-'.repeat(75),
  'Input size (MB): 12.25',
  'Forward/backward pass size (MB): 98.00',
  'Params size (MB): 0.88',
  'Estimated Total Size (MB): 111.13',
  '-'.repeat(75),
].join('\n');

/** The same of a bottleneck block. */
const bottleneckBlock = [
  '-'.repeat(75),
  ' Layer (type)       Input Shape          Output Shape         Param #    ',
  '='.repeat(75),
  '   Conv2D-1     [[1, 64, 224, 224]]   [1, 32, 224, 224]        2,048     ',
  ' BatchNorm2D-1  [[1, 32, 224, 224]]   [1, 32, 224, 224]         128      ',
  '    ReLU-1      [[1, 32, 224, 224]]   [1, 32, 224, 224]          0       ',
  '   Conv2D-2     [[1, 32, 224, 224]]   [1, 32, 112, 112]        9,216     ',
  ' BatchNorm2D-2  [[1, 32, 112, 112]]   [1, 32, 112, 112]         128      ',
  '    ReLU-2      [[1, 32, 112, 112]]   [1, 32, 112, 112]          0       ',
  '   Conv2D-3     [[1, 32, 112, 112]]   [1, 128, 112, 112]       4,096     ',
  ' BatchNorm2D-3  [[1, 128, 112, 112]]  [1, 128, 112, 112]        512      ',
  '   Conv2D-4     [[1, 64, 224, 224]]   [1, 128, 112, 112]       8,192     ',
  ' BatchNorm2D-4  [[1, 128, 112, 112]]  [1, 128, 112, 112]        512      ',
  '    ReLU-3      [[1, 128, 112, 112]]  [1, 128, 112, 112]         0       ',
  '='.repeat(75),
  'Total params: 24,832',
  'Trainable params: 23,552',
  'Non-trainable params: 1,280',
  '-'.repeat(75),
  'Input size (MB): 12.25',
  'Forward/backward pass size (MB): 107.19',
  'Params size (MB): 0.09',
  'Estimated Total Size (MB): 119.53',
  '-'.repeat(75),
].join('\n');

const summaryOf = (config: Partial<ArchitectureConfig> & { depth: number }, part: string) => {
  const architecture = resolveArchitecture(
    { ...trainingConfigSchema.omit({ stages: true }).parse(config), family: 'imagenet' },
    // The stem and the pool leave a quarter of it.
    { imageSize: 4 * 224, channels: 3, classes: 1000 },
  );
  const layers = summariseLayers(architecture).filter((layer) => layer.part.startsWith(part));
  return paddleSummary(layers, architecture.block);
};

describe('paddleSummary', () => {
  it('prints the table of a basic block', () =>
    expect(summaryOf({ depth: 18 }, 'layer2.0')).toBe(basicBlock));

  it('prints the table of a bottleneck block', () =>
    expect(summaryOf({ depth: 50, width: 0.25 }, 'layer2.0')).toBe(bottleneckBlock));

  it('has a row for each block of a network, and counts running statistics', () => {
    const lines = summaryOf({ depth: 18 }, '').split('\n');
    expect(lines.filter((line) => /BasicBlock-\d/.test(line))).toHaveLength(8);
    expect(lines).toContain('Total params: 11,699,112');
    expect(lines).toContain('Non-trainable params: 19,200');
    expect(lines.find((line) => line.includes('Linear-1'))).toMatch(/\[\[1, 512\]\] +\[1, 1000\] +513,000/);
  });
});
