import { trainingConfigSchema } from '@fathom/contracts';
import type { SafeTensor } from '@fathom/safetensors';
import { resolveArchitecture, type Architecture } from '../architecture/architecture';
import { countParameters } from '../architecture/counting';
import { ConfigurationError } from '../configuration-error';
import type { CheckpointTensor } from '../training/checkpoint';
import { fromTorchvision, torchvisionEntries, toTorchvision } from './torchvision-layout';

const network = (depth: number, classes = 10): Architecture =>
  resolveArchitecture(trainingConfigSchema.parse({ depth }), { imageSize: 32, channels: 3, classes });

const sizeOf = (shape: readonly number[]) => shape.reduce((n, dim) => n * dim, 1);

/** A state_dict in which no two numbers are the same. */
function stateDict(architecture: Architecture): Record<string, SafeTensor> {
  let next = 0;
  return Object.fromEntries(
    torchvisionEntries(architecture).map(({ name, shape, kind }): [string, SafeTensor] => [
      name,
      kind === 'counter'
        ? { dtype: 'I64', shape, data: BigInt64Array.of(0n) }
        : { dtype: 'F32', shape, data: Float32Array.from({ length: sizeOf(shape) }, () => next++) },
    ]),
  );
}

const emaOf = (tensors: Readonly<Record<string, CheckpointTensor>>) =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, t]) => [`${name}.ema`, { ...t, data: t.data.map((x) => -x) }]),
  );

describe('the layout of torchvision', () => {
  it.each([18, 34, 50, 101, 152])('depth %i has every parameter and its statistics', (depth) => {
    const architecture = network(depth);
    const entries = torchvisionEntries(architecture);
    const count = (pick: (name: string) => boolean) =>
      entries.filter(({ name }) => pick(name)).reduce((n, { shape }) => n + sizeOf(shape), 0);
    expect(count((name) => /(weight|bias)$/.test(name))).toBe(countParameters(architecture));
    expect(entries.slice(0, 7).map(({ name }) => name)).toEqual([
      ...['conv1.weight', 'bn1.weight', 'bn1.bias', 'bn1.running_mean', 'bn1.running_var'],
      ...['bn1.num_batches_tracked', 'layer1.0.conv1.weight'],
    ]);
    expect(entries.slice(-2).map(({ name, shape }) => [name, shape[0]])).toEqual([
      ['fc.weight', 10],
      ['fc.bias', 10],
    ]);
  });

  it('goes in and out without a change', () => {
    const architecture = network(8);
    const given = stateDict(architecture);
    const { tensors, newHead } = fromTorchvision(architecture, given);
    expect(newHead).toBe(false);
    expect(toTorchvision(architecture, { ...tensors, ...emaOf(tensors) })).toEqual(given);
  });

  it('moves each weight to its place', () => {
    const architecture = network(8);
    const given = stateDict(architecture);
    const { tensors } = fromTorchvision(architecture, given);
    const [theirs, ours] = [given['layer2.0.conv1.weight']!, tensors['layer2.0.conv1.weight']!];
    expect([theirs.shape, ours.shape]).toEqual([
      [32, 16, 3, 3],
      [3, 3, 16, 32],
    ]);
    const [out, inputs, h, w] = [21, 5, 2, 1];
    expect(ours.data[((h * 3 + w) * 16 + inputs) * 32 + out]).toBe(
      theirs.data[((out * 16 + inputs) * 3 + h) * 3 + w],
    );
    expect(tensors['fc.weight']!.shape).toEqual([64, 10]);
    expect(tensors['fc.weight']!.data[63 * 10 + 4]).toBe(given['fc.weight']!.data[4 * 64 + 63]);
    expect(Object.keys(tensors)).not.toContain('bn1.num_batches_tracked');
  });

  it('exports the moving averages where they are asked for', () => {
    const architecture = network(8);
    const { tensors } = fromTorchvision(architecture, stateDict(architecture));
    const exported = toTorchvision(
      architecture,
      { ...tensors, ...emaOf(tensors) },
      { weights: 'ema', steps: 7 },
    );
    expect(exported['bn1.running_var']!.data[3]).toBe(-tensors['bn1.running_var']!.data[3]!);
    expect(exported['bn1.num_batches_tracked']).toEqual({
      dtype: 'I64',
      shape: [],
      data: BigInt64Array.of(7n),
    });
    expect(() => toTorchvision(architecture, tensors, { weights: 'ema' })).toThrow(
      'variable conv1.weight.ema: given none, allowed is F32 [3, 3, 3, 16]',
    );
  });

  it('takes half precision, and files without batch counters', () => {
    const architecture = network(8);
    const given = Object.fromEntries(
      Object.entries(stateDict(architecture))
        .filter(([name]) => !name.endsWith('tracked'))
        .map(([name, { shape }]): [string, SafeTensor] => [
          name,
          { dtype: 'BF16', shape, data: new Uint16Array(sizeOf(shape)).fill(0x3f80) },
        ]),
    );
    expect(fromTorchvision(architecture, given).tensors['fc.bias']).toEqual({
      dtype: 'F32',
      shape: [10],
      data: new Float32Array(10).fill(1),
    });
  });
});

describe('what does not fit', () => {
  const refusal = (given: Record<string, SafeTensor>, newHead = false) => {
    try {
      fromTorchvision(network(8), given, { newHead });
    } catch (error) {
      if (error instanceof ConfigurationError) return error.message;
    }
    return 'it was taken';
  };
  const fitting = (without: readonly string[] = []) =>
    Object.fromEntries(Object.entries(stateDict(network(8))).filter(([name]) => !without.includes(name)));

  it('names layer, expected and given shape', () => {
    const allowed = 'allowed is F32, F16, BF16 or F64 [16, 3, 3, 3] in the configured network of depth 8';
    const vector: SafeTensor = { dtype: 'F32', shape: [2], data: new Float32Array(2) };
    expect(refusal({ ...fitting(), 'conv1.weight': vector })).toContain(
      `initial weights, conv1.weight: given F32 [2], ${allowed}`,
    );
    expect(refusal(fitting(['conv1.weight']))).toContain(`given none, ${allowed}`);
    const whole: SafeTensor = { dtype: 'I32', shape: [16, 3, 3, 3], data: new Int32Array(432) };
    expect(refusal({ ...fitting(), 'conv1.weight': whole })).toContain(`given I32 [16, 3, 3, 3], ${allowed}`);
  });

  it('says how much of another network there is', () => {
    expect(refusal(stateDict(network(14)))).toMatch(
      /^initial weights, layer1\.1\.conv1\.weight: given F32 \[16, 16, 3, 3\] \(and \d+ more that do not fit\), allowed is no such tensor/,
    );
  });

  it('is a head for other classes, unless a new one is wanted', () => {
    const given = stateDict(network(8, 100));
    expect(refusal(given)).toMatch(
      /^initial weights, fc\.weight: given F32 \[100, 64\] \(and 1 more that do not fit\), allowed is .*\[10, 64\]/,
    );
    const { tensors, newHead } = fromTorchvision(network(8), given, { newHead: true });
    expect(newHead).toBe(true);
    expect(Object.keys(tensors).filter((name) => name.startsWith('fc.'))).toEqual([]);
    expect(Object.keys(tensors)).toContain('layer3.0.bn2.running_var');
  });

  it('keeps a head that fits, and refuses one of other features even where a new one is wanted', () => {
    expect(fromTorchvision(network(8), fitting(), { newHead: true }).newHead).toBe(false);
    const wider: SafeTensor = { dtype: 'F32', shape: [100, 32], data: new Float32Array(3200) };
    expect(refusal({ ...fitting(), 'fc.weight': wider }, true)).toContain('fc.weight: given F32 [100, 32]');
    const body = fitting(['fc.weight', 'fc.bias']);
    expect(fromTorchvision(network(8), body, { newHead: true }).newHead).toBe(true);
    expect(refusal(body)).toContain('fc.weight: given none');
  });
});
