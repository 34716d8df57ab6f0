import { trainingConfigSchema } from '@fathom/contracts';
import { convolutionsOf, resolveArchitecture, type ArchitectureConfig } from './architecture';
import { ArchitectureError } from '../configuration-error';
import { countMacs, countParameters } from './counting';

const resolve = (
  config: Partial<ArchitectureConfig> & { depth: number },
  facts: Partial<Parameters<typeof resolveArchitecture>[1]> = {},
) =>
  resolveArchitecture(trainingConfigSchema.parse(config), {
    imageSize: 32,
    channels: 3,
    classes: 10,
    ...facts,
  });
const cifar = (depth: number, more: Partial<ArchitectureConfig> = {}) => resolve({ depth, ...more });
const imagenet = (depth: number, more: Partial<ArchitectureConfig> = {}) =>
  resolve({ depth, ...more }, { imageSize: 224, classes: 1000 });

describe('the CIFAR family (He et al. 2015, section 4.2)', () => {
  it.each([
    [20, 269_722, 272_474, 40.55],
    [32, 464_154, 466_906, 68.86],
    [44, 658_586, 661_338, 97.17],
    [56, 853_018, 855_770, 125.49],
    [110, 1_727_962, 1_730_714, 252.89],
    [1202, 19_421_274, 19_424_026, 2829],
  ])('depth %i', (depth, optionA, optionB, megaMacs) => {
    expect(countParameters(cifar(depth, { shortcut: 'zero-pad' }))).toBe(optionA);
    expect(countParameters(cifar(depth, { variant: 'plain' }))).toBe(optionA);
    expect(countParameters(cifar(depth, { shortcut: 'projection' }))).toBe(optionB);
    const macs = countMacs(cifar(depth, { shortcut: 'zero-pad' })) / 1e6;
    expect(depth === 1202 ? Math.round(macs) : Number(macs.toFixed(2))).toBe(megaMacs);
  });

  it('has every depth of 6n+2 up to 1202, counted at once', () => {
    const began = performance.now();
    for (let n = 1; n <= 200; n++) {
      // 3x3 convolutions and norms of 2n layers a stage, two of which are narrower at their input; stem and dense.
      const stages = [16, 32, 64].map((c) => 2 * n * (9 * c * c + 2 * c));
      const parameters = stages.reduce((a, b) => a + b) - 9 * (32 * 16 + 64 * 32) + 27 * 16 + 32 + 650;
      const network = cifar(6 * n + 2, { shortcut: 'zero-pad' });
      expect(convolutionsOf(network)).toHaveLength(6 * n + 1);
      expect(countParameters(network)).toBe(parameters);
    }
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  it('has 9n+2 layers with bottleneck blocks', () => {
    const { blocks, block } = cifar(164, { block: 'bottleneck' });
    expect([block, blocks.length, blocks[0]?.convolutions.length]).toEqual(['bottleneck', 54, 3]);
    // arXiv 1603.05027 counts 1.7M parameters for it.
    expect(countParameters(cifar(164, { block: 'bottleneck' })) / 1e6).toBeCloseTo(1.7, 1);
  });
});

describe('the ImageNet family (table 1)', () => {
  it.each([
    [18, 11_689_512, 11_515_688, 1.814],
    [34, 21_797_672, 21_623_848, 3.664],
    [50, 25_557_032, 22_780_456, 4.089],
    [101, 44_549_160, 41_772_584, 7.801],
    [152, 60_192_808, 57_416_232, 11.514],
  ])('depth %i', (depth, residual, plain, gigaMacs) => {
    expect(countParameters(imagenet(depth))).toBe(residual);
    expect(countParameters(imagenet(depth, { variant: 'plain' }))).toBe(plain);
    expect(Number((countMacs(imagenet(depth)) / 1e9).toFixed(3))).toBe(gigaMacs);
  });

  it.each([18, 34, 50, 101, 152])(
    'the plain twin of depth %i multiplies less by its projections',
    (depth) => {
      const projections = imagenet(depth).blocks.reduce((sum, { projection: p }) => {
        return sum + (p ? p.inputs * p.outputs * p.outputSize ** 2 : 0);
      }, 0);
      expect(projections).toBeGreaterThan(0);
      const plain = countMacs(imagenet(depth, { variant: 'plain' }));
      expect(plain).toBe(countMacs(imagenet(depth)) - projections);
    },
  );

  it('names its layers as torchvision does', () => {
    const names = convolutionsOf(imagenet(50)).flatMap(({ name, norm }) => [name, norm]);
    expect(names.slice(0, 10)).toEqual([
      ...['conv1', 'bn1', 'layer1.0.conv1', 'layer1.0.bn1', 'layer1.0.conv2', 'layer1.0.bn2'],
      ...['layer1.0.conv3', 'layer1.0.bn3', 'layer1.0.downsample.0', 'layer1.0.downsample.1'],
    ]);
    expect(names.at(-1)).toBe('layer4.2.bn3');
    expect(new Set(names).size).toBe(names.length);
  });

  it('strides on the 3x3 of the first block of a stage', () => {
    const block = imagenet(50).blocks.find(({ name }) => name === 'layer2.0');
    expect(block?.convolutions.map(({ kernel, stride }) => [kernel, stride])).toEqual([
      [1, 1],
      [3, 2],
      [1, 1],
    ]);
    expect(block?.projection).toMatchObject({
      stride: 2,
      inputs: 256,
      outputs: 512,
      inputSize: 56,
      outputSize: 28,
    });
  });
});

describe('blocks', () => {
  it('have the weights of a published summary', () => {
    const ofBlock = (depth: number, name: string) => {
      const block = imagenet(depth).blocks.find((b) => b.name === name);
      const convolutions = [...(block?.convolutions ?? []), ...(block?.projection ? [block.projection] : [])];
      return convolutions.reduce((sum, c) => sum + c.kernel ** 2 * c.inputs * c.outputs, 0);
    };
    expect(ofBlock(18, 'layer2.0')).toBe(73_728 + 147_456 + 8_192);
  });

  it('have the shortcut that is asked for, where shapes change', () => {
    const kinds = (more: Partial<ArchitectureConfig>) =>
      cifar(8, more).blocks.map(({ shortcut }) => shortcut);
    expect(kinds({})).toEqual(['identity', 'projection', 'projection']);
    expect(kinds({ shortcut: 'zero-pad' })).toEqual(['identity', 'zero-pad', 'zero-pad']);
    expect(kinds({ variant: 'plain' })).toEqual(['none', 'none', 'none']);
  });
});

describe('any width, size and number of channels', () => {
  it('multiplies every channel count', () => {
    const { stem, blocks, features } = cifar(20, { width: 0.5 });
    expect([stem.outputs, blocks[3]?.outputs, features]).toEqual([8, 16, 32]);
    expect(cifar(20, { width: 0.125 }).stem.outputs).toBe(2);
  });

  it.each([1, 7, 32, 33, 64, 97, 224, 225, 448])('has both stems at %i px', (imageSize) => {
    const [small, large] = [
      resolve({ depth: 20 }, { imageSize: Math.min(64, imageSize) }),
      resolve({ depth: 50, family: 'imagenet' }, { imageSize }),
    ];
    expect(small.stem.outputSize).toBe(Math.min(64, imageSize));
    // torchvision's sizes: halved by the stem, the pool and three stages, each time rounded up.
    expect(large.blocks.at(-1)?.convolutions.at(-1)?.outputSize).toBe(Math.ceil(imageSize / 32));
    expect(countParameters(large)).toBe(countParameters(imagenet(50, {})) - 990 * 2049);
  });

  it('takes one channel and odd sizes', () => {
    const { stem, blocks } = resolve({ depth: 8 }, { imageSize: 29, channels: 1 });
    expect(stem.inputs).toBe(1);
    expect(blocks.map(({ convolutions }) => convolutions.at(-1)?.outputSize)).toEqual([29, 15, 8]);
  });
});

describe('family: auto', () => {
  it.each([
    [20, 32, 'cifar', 'basic'],
    [29, 32, 'cifar', 'bottleneck'],
    [50, 64, 'cifar', 'basic'],
    [18, 32, 'imagenet', 'basic'],
    [50, 65, 'imagenet', 'bottleneck'],
  ] as const)('depth %i at %i px is %s with %s blocks', (depth, imageSize, family, block) => {
    expect(resolve({ depth }, { imageSize })).toMatchObject({ family, block });
  });
});

describe('what cannot be', () => {
  it.each<[Partial<ArchitectureConfig> & { depth: number }, number, RegExp]>([
    [
      { depth: 21 },
      32,
      /^depth: given 21, allowed is 6n\+2 .*\(nearest 20 and 26\).*9n\+2.*18, 34, 50, 101, 152/,
    ],
    [
      { depth: 21, family: 'cifar', block: 'basic' },
      32,
      /^depth: given 21, allowed is 6n\+2 with basic blocks \(nearest 20 and 26\)$/,
    ],
    [{ depth: 6, family: 'cifar', block: 'basic' }, 32, /nearest 8\)/],
    [{ depth: 20 }, 224, /^depth: given 20, allowed is 18, 34, 50, 101, 152 in the imagenet family$/],
    [
      { depth: 18, block: 'bottleneck', family: 'imagenet' },
      224,
      /allowed is 50, 101, 152 with bottleneck blocks/,
    ],
  ])('%j at %i px', (config, imageSize, message) => {
    const build = () => resolve(config, { imageSize });
    expect(build).toThrow(ArchitectureError);
    expect(build).toThrow(message);
  });

  it('names the field, what was given and what is allowed', () => {
    try {
      resolve({ depth: 20 }, { classes: 1 });
      throw new Error('it was allowed');
    } catch (error) {
      expect(error).toMatchObject({ field: 'classes', given: 1, allowed: 'a whole number of at least 2' });
    }
  });
});
