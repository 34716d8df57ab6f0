import { Random } from '../random';
import { CostModel, type MeasuredEpoch } from './cost-model';
import { partsOf, type EpochWork, type NetworkCost } from './epoch-work';

/** Of ResNets trained by SGD: countMacs, float32 bytes of all layers' outputs, countParameters. */
const networks = {
  8: { macs: 12_501_632, activationBytes: 1_098_280, parameters: 78_042, updateMacs: 0 },
  20: { macs: 40_813_184, activationBytes: 2_703_912, parameters: 272_474, updateMacs: 0 },
  56: { macs: 125_747_840, activationBytes: 7_520_808, parameters: 855_770, updateMacs: 0 },
  110: { macs: 253_149_824, activationBytes: 14_746_152, parameters: 1_730_714, updateMacs: 0 },
  18: { macs: 1_814_073_344, activationBytes: 32_923_552, parameters: 11_689_512, updateMacs: 0 },
  50: { macs: 4_089_184_256, activationBytes: 150_247_328, parameters: 25_557_032, updateMacs: 0 },
  152: { macs: 11_513_626_624, activationBytes: 318_035_872, parameters: 60_192_808, updateMacs: 0 },
} satisfies Record<number, NetworkCost>;

/** docs/benchmarks.md, "steps": ms per step of ours on two CPU cores, 2026-11-25. */
const measuredSteps = [
  [20, 128, 123.5, 79.5],
  [110, 128, 735.0, 450.8],
  [18, 16, 485.3, 305.6],
  [50, 16, 1242, 791.4],
  [152, 16, 3137, 1948],
] as const;
const steps: MeasuredEpoch[] = measuredSteps.flatMap(([depth, batchSize, float32, bfloat16]) =>
  (['float32', 'bfloat16'] as const).map((precision) => ({
    network: networks[depth],
    precision,
    batchSize,
    trainImages: batchSize,
    validationImages: 0,
    seconds: (precision === 'float32' ? float32 : bfloat16) / 1000,
  })),
);
const errorOf = (model: CostModel, epoch: MeasuredEpoch) =>
  Math.abs(Math.log(model.predict(epoch).expected / epoch.seconds));

const work = (depth: keyof typeof networks, more: Partial<EpochWork> = {}): EpochWork => ({
  network: networks[depth],
  precision: 'float32',
  batchSize: 128,
  trainImages: 45_000,
  validationImages: 5_000,
  ...more,
});

describe('partsOf', () => {
  it('counts operations, bytes and steps of an epoch', () => {
    const network = { macs: 10, activationBytes: 100, parameters: 7, updateMacs: 0 };
    const of = (precision: EpochWork['precision']) =>
      partsOf({ network, precision, batchSize: 10, trainImages: 100, validationImages: 20 });
    expect(of('float32')).toEqual({
      float32: 2 * 10 * (3 * 100 + 20),
      bfloat16: 0,
      float16: 0,
      bytes: (5 * 100 + 2 * 20) * 100 + 8 * 4 * 7 * 10,
      steps: 10,
    });
    expect(of('float16')).toMatchObject({ float32: 0, float16: 6_400, bytes: 540 * 50 + 2_240 });
    const updating = { ...network, updateMacs: 1_000 };
    const more = { precision: 'float32', batchSize: 10, trainImages: 100, validationImages: 20 } as const;
    expect(partsOf({ network: updating, ...more }).float32 - of('float32').float32).toBe(2 * 1_000 * 10);
  });
});

describe('the cost model on the measured steps of docs/benchmarks.md', () => {
  it('knows what was measured to 1 %', () => {
    const model = CostModel.from(steps);
    for (const step of steps) expect(errorOf(model, step)).toBeLessThan(0.01);
  });

  it('foretells each network from the others to 10 %, inside its range', () => {
    for (const [depth] of measuredSteps) {
      const isLeftOut = (step: MeasuredEpoch) => step.network === networks[depth];
      const model = CostModel.from(steps.filter((step) => !isLeftOut(step)));
      for (const step of steps.filter(isLeftOut)) {
        expect(errorOf(model, step)).toBeLessThan(0.1);
        const { low, high } = model.predict(step);
        expect(low).toBeLessThan(step.seconds);
        expect(high).toBeGreaterThan(step.seconds);
      }
    }
  });

  it('foretells bfloat16 from float32 alone to 15 %', () => {
    const model = CostModel.from(steps.filter(({ precision }) => precision === 'float32'));
    for (const step of steps) expect(errorOf(model, step)).toBeLessThan(0.15);
  });

  it('is near them before anything was measured, and says how little it knows', () => {
    const model = CostModel.from([]);
    expect(model.measured).toBe(0);
    for (const step of steps) {
      expect(errorOf(model, step)).toBeLessThan(0.15);
      const { expected, low, high } = model.predict(step);
      expect(high / expected).toBeGreaterThan(29);
      expect(expected / low).toBeGreaterThan(29);
    }
  });
});

describe('the cost model on another machine', () => {
  /** A GPU of its own rates; each measurement within 4 % of them, and a tenth of them as after a cold start. */
  const truth = (epoch: EpochWork): number => {
    const { float32, bfloat16, bytes, steps: count } = partsOf(epoch);
    return float32 / 20e12 + bfloat16 / 60e12 + bytes / 1.2e12 + count * 0.004;
  };
  const random = Random.seeded(5);
  const depths = [8, 20, 56, 110] as const;
  const epochs = Array.from({ length: 300 }, (): MeasuredEpoch => {
    const epoch = work(depths[random.below(4)] ?? 8, {
      batchSize: [32, 128, 512][random.below(3)] ?? 32,
      precision: random.uniform() < 0.5 ? 'float32' : 'bfloat16',
    });
    const outlier = random.uniform() < 0.1 ? 4 : 1;
    return { ...epoch, seconds: outlier * truth(epoch) * Math.exp(0.04 * random.normal()) };
  });

  it('finds its rates in spite of outliers', () => {
    const model = CostModel.from(epochs);
    for (const depth of depths) {
      const epoch = work(depth, { batchSize: 256 });
      expect(Math.abs(Math.log(model.predict(epoch).expected / truth(epoch)))).toBeLessThan(0.1);
      const known = work(depth);
      expect(Math.abs(Math.log(model.predict(known).expected / truth(known)))).toBeLessThan(0.05);
    }
  });

  it('is moved to the right size by one measurement', () => {
    const [first] = epochs;
    if (first === undefined) throw new Error('no epochs');
    const model = CostModel.from([first]);
    const { expected, low, high } = model.predict(first);
    expect(Math.abs(Math.log(expected / first.seconds))).toBeLessThan(0.1);
    expect(high / low).toBeLessThan(3);
  });

  it('is surer of what was measured than of what was not, and of more measurements than of few', () => {
    const width = (count: number, epoch: EpochWork) => {
      const { low, high } = CostModel.from(epochs.slice(0, count)).predict(epoch);
      return Math.log(high / low);
    };
    const unknown = work(8, { batchSize: 1024 });
    expect(width(300, work(56))).toBeLessThan(width(300, unknown));
    expect(width(300, unknown)).toBeLessThan(width(3, unknown));
    expect(width(3, unknown)).toBeLessThan(width(0, unknown));
  });

  it('counts an epoch by its images', () => {
    const model = CostModel.from(epochs);
    const whole = model.predict(work(56)).expected;
    const half = model.predict(work(56, { trainImages: 22_500, validationImages: 2_500 })).expected;
    expect(whole / half).toBeCloseTo(2, 2);
  });

  it('leaves out epochs without a usable time', () => {
    const model = CostModel.from([
      { ...work(8), seconds: 0 },
      { ...work(8), seconds: NaN },
    ]);
    expect(model.measured).toBe(0);
    expect(model.predict(work(8))).toEqual(CostModel.from([]).predict(work(8)));
  });
});
