import type { TrainingConfig } from '@fathom/contracts';
import { openEngine } from '@fathom/engine';
import { ConfigurationError } from '../configuration-error';
import { openNetwork } from '../testing/open-network';
import type { CheckpointTensor } from '../training/checkpoint';

const engine = openEngine();
type Tensors = Record<string, CheckpointTensor>;

/** A tiny network, its state by name, and steps with the first batch of images. */
function open(more: Partial<TrainingConfig>) {
  const { network, steps, batches, config, graph } = openNetwork(engine, { depth: 8, width: 0.5, ...more });
  return {
    graph,
    network,
    steps,
    /** Changes some numbers of the state. */
    set: (changes: Readonly<Record<string, (value: number, index: number) => number>>) => {
      const tensors = Object.entries(network.snapshot()).map(([name, tensor]) => {
        const change = changes[name];
        return [name, change ? { ...tensor, data: tensor.data.map(change) } : tensor] as const;
      });
      network.restore({ step: 0, state: {}, tensors: Object.fromEntries(tensors) });
    },
    losses: () => {
      batches.put(
        0,
        'train',
        Array.from({ length: config.batchSize }, (_, i) => i),
      );
      return [...network.evaluate(batches, 1)[0]!.losses];
    },
  };
}

/** Names of the tensors that differ. */
const changed = (before: Tensors, after: Tensors) =>
  Object.keys(before).filter((name) => before[name]!.data.some((value, i) => value !== after[name]!.data[i]));
const number = (tensors: Tensors, name: string) => tensors[name]!.data[0];

describe('recipes', () => {
  it.each<Partial<TrainingConfig> & { readonly rate?: number }>([
    { optimizer: 'adamw', weightDecay: 0.05, rate: 0.01 },
    { gradientClip: 1, emaDecay: 0.9, zeroInitResidual: true },
    { precision: 'float16' },
    { precision: 'float16', optimizer: 'adamw', accumulationSteps: 2, gradientClip: 1, rate: 0.01 },
    { optimizer: 'muon', nesterov: true, weightDecay: 0.01 },
    { precision: 'float16', optimizer: 'muon', accumulationSteps: 2, emaDecay: 0.9 },
    { precision: 'bfloat16', optimizer: 'muon', momentum: 0.95, frozenStages: 1 },
    { precision: 'bfloat16', frozenStages: 1, bodyLearningRate: 0.5, emaDecay: 0.5 },
  ])('lower the loss of a batch: %j', ({ rate = 0.05, ...more }) => {
    const { network, steps } = open(more);
    const results = steps(new Array<number>(12).fill(rate));
    network.close();
    expect(results.every(({ loss, counts }) => Number.isFinite(loss) && counts)).toBe(true);
    expect(results.at(-1)!.loss).toBeLessThan(0.8 * results[0]!.loss);
  });
});

describe('loss scaling', () => {
  const recipe = { precision: 'float16', emaDecay: 0.9, weightDecay: 0.1 } as const;
  const statistics = (name: string) => /running_(mean|var)$/.test(name);

  it.each<Partial<TrainingConfig>>([
    recipe,
    { ...recipe, nesterov: true },
    { ...recipe, optimizer: 'adamw' },
    { ...recipe, optimizer: 'muon', nesterov: true },
  ])('leaves out a step that overflows, and halves the scale: %j', (more) => {
    const { network, steps, set } = open(more);
    steps([0.01, 0.01]);
    set({ loss_scale: () => 2 ** 40, 'loss_scale.good_steps': () => 7 });
    const before = network.snapshot();
    const [result] = steps([0.01], 2);
    const after = network.snapshot();
    expect(result).toMatchObject({ counts: false });
    expect(Number.isFinite(result!.loss)).toBe(true);
    // The forward pass was fine, so that its statistics count.
    expect(changed(before, after).filter((name) => !statistics(name))).toEqual([
      'loss_scale',
      'loss_scale.good_steps',
    ]);
    expect(number(after, 'loss_scale')).toBe(2 ** 39);
    expect(number(after, 'loss_scale.good_steps')).toBe(0);
    network.close();
  });

  it('doubles the scale after 2,000 steps in a row that went well', () => {
    const { network, steps, set } = open(recipe);
    expect(number(network.snapshot(), 'loss_scale')).toBe(2 ** 15);
    set({ 'loss_scale.good_steps': () => 1998 });
    steps([0.01]);
    expect(number(network.snapshot(), 'loss_scale')).toBe(2 ** 15);
    steps([0.01]);
    expect(number(network.snapshot(), 'loss_scale')).toBe(2 ** 16);
    expect(number(network.snapshot(), 'loss_scale.good_steps')).toBe(0);
    network.close();
  });

  it('has no part in the step itself: another scale, the same weights', () => {
    const after = (scale: number) => {
      const { network, steps, set } = open({ precision: 'float16', width: 1 });
      set({ loss_scale: () => scale });
      steps([0.1]);
      const { data } = network.snapshot()['fc.weight']!;
      network.close();
      return data;
    };
    const [small, large] = [after(1024), after(4096)];
    small.forEach((value, i) => {
      expect(value).toBeCloseTo(large[i]!, 4);
    });
  });

  it('keeps running statistics finite where a layer overflows', () => {
    const { network, steps, set } = open({ precision: 'float16' });
    set({ 'conv1.weight': () => 65_000 });
    const [result] = steps([0.01]);
    const tensors = network.snapshot();
    network.close();
    expect(result).toMatchObject({ counts: false });
    for (const { data } of Object.values(tensors)) expect(data.every(Number.isFinite)).toBe(true);
  });
});

describe('frozen stages', () => {
  it('never change, remember nothing, and cost no gradients', () => {
    const [all, { graph, network, steps }] = [open({}), open({ frozenStages: 2, emaDecay: 0.9 })];
    const before = network.snapshot();
    steps([0.1, 0.1, 0.1]);
    const after = network.snapshot();
    const frozen = (name: string) => /^(conv1|bn1|layer1)\./.test(name);
    const parts = Object.keys(before).filter((name) => /(weight|bias|running_mean|running_var)$/.test(name));
    expect(new Set(changed(before, after).filter((name) => parts.includes(name)))).toEqual(
      new Set(parts.filter((name) => !frozen(name))),
    );
    const remembered = Object.keys(before).filter((name) => /\.(velocity|ema)$/.test(name));
    expect(remembered.length).toBeGreaterThan(0);
    expect(remembered.filter(frozen)).toEqual([]);
    const gradientNodes = (bytes: Uint8Array) =>
      Buffer.from(bytes)
        .toString('latin1')
        .match(/gradients\/[^"\x00-\x1f]*layer1\.0\.conv1/g)?.length ?? 0;
    expect(gradientNodes(all.graph.savedModel)).toBeGreaterThan(0);
    expect(gradientNodes(graph.savedModel)).toBe(0);
    all.network.close();
    network.close();
  });

  it('are no more than the network has', () => {
    expect(() => open({ frozenStages: 5 })).toThrow(ConfigurationError);
    expect(() => open({ frozenStages: 5 })).toThrow(/frozenStages: given 5, allowed is 0 to 4/);
    const { network, steps } = open({ frozenStages: 4 });
    const before = network.snapshot();
    steps([0.1]);
    const names = changed(before, network.snapshot()).filter((name) => !name.endsWith('.velocity'));
    expect(names).toEqual(['fc.weight', 'fc.bias']);
    network.close();
  });
});

describe('zeroInitResidual', () => {
  it('makes every block whose shapes stay the identity at the start', () => {
    const scrambled = (zeroInitResidual: boolean) => {
      const { network, losses, set } = open({ depth: 14, zeroInitResidual });
      const before = losses();
      set({
        'layer1.0.conv1.weight': (_, i) => Math.sin(i),
        'layer3.1.conv2.weight': (value) => -value,
        'layer2.1.bn1.bias': () => 3,
      });
      const after = losses();
      network.close();
      return { before, after };
    };
    const [zeroed, usual] = [scrambled(true), scrambled(false)];
    expect(zeroed.after).toEqual(zeroed.before);
    expect(usual.after).not.toEqual(usual.before);
  });

  it('leaves a plain network alone', () => {
    const { network } = open({ variant: 'plain', zeroInitResidual: true });
    expect(number(network.snapshot(), 'layer1.0.bn2.weight')).toBe(1);
    network.close();
  });
});

describe('moving averages', () => {
  it('start as the values, follow them and the running statistics, and are what is evaluated', () => {
    const { network, steps, losses, set } = open({ emaDecay: 0.5 });
    const names = ['conv1.weight', 'layer2.0.bn1.bias', 'bn1.running_mean', 'layer3.0.bn2.running_var'];
    let last = network.snapshot();
    for (const name of names) expect(last[`${name}.ema`]!.data).toEqual(last[name]!.data);
    // min(decay, (1 + t) / (10 + t))
    for (const [t, decay] of [2 / 11, 3 / 12, 4 / 13].entries()) {
      steps([0.1], t);
      const now = network.snapshot();
      for (const name of names)
        now[`${name}.ema`]!.data.forEach((average, i) => {
          const expected = decay * last[`${name}.ema`]!.data[i]! + (1 - decay) * now[name]!.data[i]!;
          expect(average).toBeCloseTo(expected, 5);
        });
      last = now;
    }
    const before = losses();
    set({ 'fc.weight': () => 0, 'bn1.running_mean': () => 5 });
    expect(losses()).toEqual(before);
    set({ 'fc.weight.ema': () => 0 });
    expect(losses()).not.toEqual(before);
    network.close();
  });
});

describe('augmentation', () => {
  it.each<Partial<TrainingConfig>>([
    { augment: 'resized-crop-flip' },
    { cutout: 0.5 },
    { mixup: 0.2 },
    { augment: 'pad-crop-flip', cutout: 0.25, mixup: 1 },
  ])('is decided by seed and step: %j', (more) => {
    const { network, steps } = open(more);
    const lossAt = (step: number, seed: number) => steps([0], step, seed)[0]!.loss;
    const losses = [lossAt(3, 7), lossAt(3, 7), lossAt(4, 7), lossAt(3, 8)];
    network.close();
    expect(losses[0]).toBe(losses[1]);
    expect(new Set(losses).size).toBe(3);
  });
});
