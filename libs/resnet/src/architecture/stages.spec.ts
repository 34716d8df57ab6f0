import { trainingConfigSchema } from '@fathom/contracts';
import { ArchitectureError } from '../configuration-error';
import { resolveArchitecture, type ArchitectureConfig } from './architecture';
import { countMacs, countParameters } from './counting';
import { stagesOf } from './stages';

const resolve = (config: Partial<ArchitectureConfig>, imageSize = 32) => {
  const { stages, ...fields } = config;
  const parsed = trainingConfigSchema.parse(fields);
  return resolveArchitecture({ ...parsed, stages: stages ?? '' }, { imageSize, channels: 3, classes: 10 });
};

describe("stages of one's own", () => {
  it("are the family's where they say the same", () => {
    expect(resolve({ depth: 20, stages: '3x16,3x32,3x64' })).toEqual(resolve({ depth: 20 }));
    const large = { depth: 50, stages: '3x64,4x128,6x256,3x512' };
    expect(resolve(large, 224)).toEqual(resolve({ depth: 50 }, 224));
    expect(resolve({ ...large, depth: 34 }, 224)).toEqual(resolve({ depth: 34 }, 224));
  });

  it('may be of any number, length and width', () => {
    const network = resolve({ depth: 16, stages: '1x8,2x12/1,3x20,1x24/2' });
    expect(network.stem.outputs).toBe(8);
    const facts = network.blocks.map(({ name, outputs, convolutions: [first] }) => [
      name,
      outputs,
      first?.stride,
      first?.outputSize,
    ]);
    expect(facts).toEqual([
      ['layer1.0', 8, 1, 32],
      ['layer2.0', 12, 1, 32],
      ['layer2.1', 12, 1, 32],
      ['layer3.0', 20, 2, 16],
      ['layer3.1', 20, 1, 16],
      ['layer3.2', 20, 1, 16],
      ['layer4.0', 24, 2, 8],
    ]);
    expect(network.features).toBe(24);
  });

  it('are the same as data', () => {
    const stages = [
      { blocks: 2, channels: 16, stride: 2 },
      { blocks: 1, channels: 32, stride: 1 },
    ] as const;
    const network = resolve({ depth: 8, stages, width: 2 });
    expect(network).toEqual(resolve({ depth: 8, stages: '2x16/2,1x32/1', width: 2 }));
    expect(stagesOf('2x16/2,1x32/1')).toEqual(stages);
    expect(network.blocks.map(({ outputs }) => outputs)).toEqual([32, 32, 64]);
    expect([countParameters(network), countMacs(network)].every(Number.isInteger)).toBe(true);
  });

  it.each<[Partial<ArchitectureConfig>, RegExp]>([
    [
      { depth: 20, stages: '2x16,3x32,2x64' },
      /^depth: given 20, allowed is 16 with basic blocks or 23 with bottleneck blocks, as the stages 2x16,3x32,2x64 have$/,
    ],
    [
      { depth: 20, block: 'basic', stages: [{ blocks: 1, channels: 16, stride: 2 }] },
      /allowed is 4 with basic blocks, as the stages 1x16\/2 have/,
    ],
    [{ depth: 8, stages: '2x16,2by32' }, /^stages: given 2by32, allowed is blocks x channels/],
    [{ depth: 8, stages: [{ blocks: 3, channels: 0, stride: 1 }] }, /^stages: given 3x0\/1, .*at least one/],
    [
      { depth: 6, stages: '1x16,1x8', shortcut: 'zero-pad' },
      /^shortcut: given zero-pad.*layer2\.0.*\(8\).*\(16\)/,
    ],
  ])('%j cannot be', (config, message) => {
    expect(() => resolve(config)).toThrow(ArchitectureError);
    expect(() => resolve(config)).toThrow(message);
  });
});
