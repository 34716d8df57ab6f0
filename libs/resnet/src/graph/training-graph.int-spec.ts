import type { TrainingConfig } from '@fathom/contracts';
import { openEngine } from '@fathom/engine';
import { anyTarget } from '@fathom/graph';
import { countParameters } from '../architecture/counting';
import { openNetwork } from '../testing/open-network';
import { stripedImages } from '../testing/striped-images';

const engine = openEngine();
const data = stripedImages();

const open = (more: Partial<TrainingConfig> & { depth: number }) => {
  const opened = openNetwork(engine, more);
  const step = (learningRate: number, key: readonly [seed: number, step: number]) =>
    opened.steps([learningRate], key[1], key[0])[0]!;
  return { ...opened, step };
};

describe('every kind of network', () => {
  it.each<[string, Partial<TrainingConfig> & { depth: number }, number?]>([
    ['cifar, basic', { depth: 8 }],
    ['cifar, bottleneck', { depth: 11, block: 'bottleneck' }],
    ['cifar, option A', { depth: 8, shortcut: 'zero-pad' }],
    ['cifar, plain', { depth: 8, variant: 'plain' }],
    ['imagenet, basic', { depth: 18, family: 'imagenet', width: 0.125 }],
    [
      'imagenet, bottleneck, option A',
      { depth: 50, family: 'imagenet', width: 0.125, shortcut: 'zero-pad' },
      0.005,
    ],
    ['bfloat16', { depth: 8, precision: 'bfloat16' }],
    ['smoothed, Nesterov', { depth: 8, labelSmoothing: 0.1, nesterov: true }],
  ])('%s: steps lower the loss of a batch', (_, more, rate = 0.05) => {
    const { network, step } = open({ ...more });
    const losses = Array.from({ length: 8 }, (__, i) => step(rate, [0, i]).loss);
    expect(losses.every(Number.isFinite)).toBe(true);
    expect(losses.at(-1)).toBeLessThan(0.8 * (losses[0] ?? 0));
    network.close();
  });
});

describe('steps in bfloat16', () => {
  it('end with the same weights where ops are fused', () => {
    const weights = [false, true].map((fuses) => {
      // Batches at which the layers of the first stage have half a million elements.
      const more = { depth: 8, batchSize: 128, precision: 'bfloat16' } as const;
      const { network, steps, graph } = openNetwork(engine, more, { target: { ...anyTarget, fuses } });
      expect(Buffer.from(graph.savedModel).includes('ReluGradOfSum_bfloat16')).toBe(fuses);
      const losses = steps([0.05, 0.05, 0.05]).map(({ loss }) => loss);
      const tensors = network.snapshot();
      network.close();
      return { losses, tensors };
    });
    expect(weights[1]!.losses[2]).not.toBe(weights[1]!.losses[0]);
    expect(weights[1]).toEqual(weights[0]);
  });
});

describe('the variables', () => {
  it('are the parameters that are counted, with a velocity each, running statistics and pixel statistics', () => {
    const { graph, architecture, network } = open({ depth: 11, block: 'bottleneck' });
    const numbers = (pick: (name: string) => boolean) =>
      graph.state
        .filter(({ name }) => pick(name))
        .reduce((n, { shape }) => n + shape.reduce((a, b) => a * b, 1), 0);
    expect(numbers((name) => /(weight|bias)$/.test(name))).toBe(countParameters(architecture));
    expect(numbers((name) => name.endsWith('.velocity'))).toBe(countParameters(architecture));
    const rest = graph.state
      .map(({ name }) => name)
      .filter((name) => !/(weight|bias)(\.velocity)?$/.test(name));
    expect(rest.every((name) => /^(input\.(mean|std)|.*\.running_(mean|var))$/.test(name))).toBe(true);
    network.close();
  });

  it('begin as the seed says', () => {
    const first = (seed: number) => {
      const { network } = open({ depth: 8, seed });
      const { tensors } = { tensors: network.snapshot() };
      network.close();
      return tensors;
    };
    const [a, b, c] = [first(1), first(1), first(2)];
    expect(a['layer1.0.conv1.weight']).toEqual(b['layer1.0.conv1.weight']);
    expect(a['layer1.0.conv1.weight']).not.toEqual(c['layer1.0.conv1.weight']);
    expect(a['layer1.0.conv1.weight']).not.toEqual(a['layer1.0.conv2.weight']);
    // He normal over fan-out: variance 2 / (9 * 64)
    const weights = a['layer3.0.conv2.weight']?.data ?? new Float32Array();
    const variance = weights.reduce((sum, w) => sum + w * w, 0) / weights.length;
    expect(variance * ((9 * 64) / 2)).toBeCloseTo(1, 1);
    expect(a['bn1.weight']?.data).toEqual(new Float32Array(16).fill(1));
    expect(a['bn1.running_var']?.data).toEqual(new Float32Array(16).fill(1));
  });

  it('of the statistics follow PyTorch: 0.9 old + 0.1 new, once a step', () => {
    const { network, step } = open({ depth: 8 });
    step(0, [0, 0]);
    const once = network.snapshot();
    step(0, [0, 1]);
    const twice = network.snapshot();
    // With a learning rate of 0 both batches have the same statistics m: 0.1 m, then 0.19 m.
    const [m1, m2] = [once, twice].map((s) => s['bn1.running_mean']?.data ?? new Float32Array());
    m1?.forEach((value, i) => {
      expect(m2?.[i]).toBeCloseTo(1.9 * value, 5);
    });
    const [v1, v2] = [once, twice].map((s) => s['bn1.running_var']?.data ?? new Float32Array());
    // 0.9 + 0.1 v, then 0.81 + 0.19 v
    v1?.forEach((value, i) => {
      expect(v2?.[i]).toBeCloseTo(0.81 + 1.9 * (value - 0.9), 4);
    });
    network.close();
  });
});

describe('an update', () => {
  it('decays convolution and dense weights only', () => {
    const after = (weightDecay: number) => {
      const { network, step } = open({ depth: 8, weightDecay, momentum: 0 });
      const before = network.snapshot();
      step(0.5, [0, 0]);
      const now = network.snapshot();
      network.close();
      return { before, now };
    };
    const [without, with_] = [after(0), after(0.1)];
    const difference = (name: string) =>
      without.now[name]!.data.map((value, i) => value - with_.now[name]!.data[i]!);
    for (const name of ['conv1.weight', 'layer2.0.downsample.0.weight', 'fc.weight'])
      difference(name).forEach((value, i) => {
        expect(value).toBeCloseTo(0.5 * 0.1 * without.before[name]!.data[i]!, 5);
      });
    for (const name of ['bn1.weight', 'bn1.bias', 'fc.bias', 'layer3.0.bn2.weight'])
      expect(Math.max(...difference(name).map(Math.abs))).toBeLessThan(1e-6);
  });

  it('with Nesterov goes momentum times the velocity further', () => {
    const after = (nesterov: boolean) => {
      const { network, step } = open({ depth: 8, nesterov, momentum: 0.9, weightDecay: 0 });
      const before = network.snapshot();
      step(0.5, [0, 0]);
      const now = network.snapshot();
      network.close();
      return now['fc.weight']!.data.map((value, i) => value - before['fc.weight']!.data[i]!);
    };
    const [plain, nesterov] = [after(false), after(true)];
    // The first velocity is the gradient g: -rate g against -rate (g + 0.9 g).
    nesterov.forEach((value, i) => {
      expect(value).toBeCloseTo(1.9 * plain[i]!, 5);
    });
  });
});

describe('augmentation', () => {
  const lossAt = (augment: TrainingConfig['augment'], stepsDone: number) => {
    const { network, step } = open({ depth: 8, augment });
    const { loss } = step(0, [7, stepsDone]);
    network.close();
    return loss;
  };

  it('is decided by seed and step', () => {
    expect(lossAt('pad-crop-flip', 3)).toBe(lossAt('pad-crop-flip', 3));
    expect(lossAt('pad-crop-flip', 3)).not.toBe(lossAt('pad-crop-flip', 4));
    expect(lossAt('flip', 3)).not.toBe(lossAt('flip', 4));
    expect(lossAt('none', 3)).toBe(lossAt('none', 4));
  });
});

describe('evaluation', () => {
  it('says what the network makes of each image, and changes nothing', () => {
    const { network, step, batches, config } = open({ depth: 8 });
    for (let i = 0; i < 5; i++) step(0.05, [0, i]);
    const before = network.snapshot();
    const images = Array.from({ length: 48 }, (_, i) => i);
    batches.put(0, 'train', images);
    const [first, second] = network.evaluate(batches, 2);
    expect(first!.losses).toHaveLength(config.batchSize);
    // Another place and other neighbours: the same image, the same answer.
    batches.put(0, 'train', images.slice(16));
    const [moved] = network.evaluate(batches, 1);
    for (const part of ['losses', 'classes', 'inTopFive'] as const) {
      expect(moved![part].subarray(0, 16)).toEqual(first![part].subarray(16));
      expect(moved![part].subarray(16)).toEqual(second![part].subarray(0, 16));
    }
    const hits = images.filter((i) => (i < 32 ? first! : second!).classes[i % 32] === data.train.labels[i]);
    expect(hits.length).toBeGreaterThan(12);
    // Four classes: the label is always among the five likeliest.
    expect(first!.inTopFive).toEqual(new Float32Array(32).fill(1));
    expect(network.snapshot()).toEqual(before);
    network.close();
  });
});
