import { trainingConfigSchema, type TrainingConfig } from '@fathom/contracts';
import { openEngine } from '@fathom/engine';
import { resolveArchitecture } from '../architecture/architecture';
import { Batch } from '../training/batch';
import { channelStatistics } from '../training/channel-statistics';
import { countParameters } from '../architecture/counting';
import { NetworkSession } from '../training/network-session';
import { stripedImages } from '../testing/striped-images';
import { buildTrainingGraph } from './training-graph';

const engine = openEngine();
const data = stripedImages();
const [imageSize, , channels] = data.imageShape;

function open(more: Partial<TrainingConfig> & { depth: number }) {
  const config = trainingConfigSchema.parse({ batchSize: 32, augment: 'none', ...more });
  const architecture = resolveArchitecture(config, { imageSize, channels, classes: 4 });
  const graph = buildTrainingGraph(architecture, config, channelStatistics(data.train, channels));
  const network = new NetworkSession(graph, engine.load(graph.savedModel));
  network.initialise(config.seed);
  const batch = new Batch(config.batchSize, imageSize * imageSize * channels);
  batch.fill(
    data.train,
    Array.from({ length: config.batchSize }, (_, i) => i),
  );
  return { graph, architecture, network, batch, config };
}

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
    const { network, batch } = open({ ...more });
    const losses = Array.from({ length: 8 }, (__, step) => network.step(batch, rate, [0, step]).loss);
    expect(losses.every(Number.isFinite)).toBe(true);
    expect(losses.at(-1)).toBeLessThan(0.8 * (losses[0] ?? 0));
    network.close();
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
    const { network, batch } = open({ depth: 8 });
    network.step(batch, 0, [0, 0]);
    const once = network.snapshot();
    network.step(batch, 0, [0, 1]);
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
      const { network, batch } = open({ depth: 8, weightDecay, momentum: 0 });
      const before = network.snapshot();
      network.step(batch, 0.5, [0, 0]);
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
      const { network, batch } = open({ depth: 8, nesterov, momentum: 0.9, weightDecay: 0 });
      const before = network.snapshot();
      network.step(batch, 0.5, [0, 0]);
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
  const lossAt = (augment: TrainingConfig['augment'], step: number) => {
    const { network, batch } = open({ depth: 8, augment });
    const { loss } = network.step(batch, 0, [7, step]);
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
  it('counts the images of the mask only, and changes nothing', () => {
    const { network, batch } = open({ depth: 8 });
    for (let step = 0; step < 5; step++) network.step(batch, 0.05, [0, step]);
    const before = network.snapshot();
    const all = network.evaluate(batch);
    const halves = [0, 16].map((from) => {
      batch.fill(
        data.train,
        Array.from({ length: 16 }, (_, i) => from + i),
      );
      return network.evaluate(batch);
    });
    expect(halves.reduce((sum, { loss }) => sum + loss, 0)).toBeCloseTo(all.loss, 3);
    expect(halves.reduce((sum, { correct }) => sum + correct, 0)).toBe(all.correct);
    expect(network.snapshot()).toEqual(before);
    network.close();
  });
});
