// What samplers are compared on: spaces of Fathom's own parameters with functions whose best value is known. All are
// minimised. `values` are what the search proposes; `noise` is a normal draw of the trial.

/** Parameters that take any number between 0 and 1, for functions that know of no training. */
const units = [
  'weightDecay',
  'cutout',
  'distillWeight',
  'bodyLearningRate',
  'mixup',
  'warmupEpochs',
  'gradientClip',
];
const unitSpace = (count) =>
  Object.fromEntries(units.slice(0, count).map((name) => [name, { min: 0, max: 1 }]));
const scaled = (values, count, low, high) =>
  units.slice(0, count).map((name) => low + (high - low) * values[name]);
const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

/** On the unit square. */
function branin(u, v) {
  const [x, y] = [15 * u - 5, 15 * v];
  const b = 5.1 / (4 * Math.PI ** 2);
  return (y - b * x * x + (5 / Math.PI) * x - 6) ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10;
}
const BRANIN_MIN = 0.397887357729739;

const hartmannA = [
  [10, 3, 17, 3.5, 1.7, 8],
  [0.05, 10, 17, 0.1, 8, 14],
  [3, 3.5, 1.7, 10, 17, 8],
  [17, 8, 0.05, 10, 0.1, 14],
];
const hartmannP = [
  [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
  [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
  [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.665],
  [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
];
const hartmann6 = (x) =>
  -sum(
    [1, 1.2, 3, 3.2].map(
      (alpha, i) => alpha * Math.exp(-sum(x.map((xj, j) => hartmannA[i][j] * (xj - hartmannP[i][j]) ** 2))),
    ),
  );

const rosenbrock = (x) => sum(x.slice(1).map((next, i) => 100 * (next - x[i] ** 2) ** 2 + (1 - x[i]) ** 2));

function levy(x) {
  const w = x.map((each) => 1 + (each - 1) / 4);
  const inner = w.slice(0, -1).map((each) => (each - 1) ** 2 * (1 + 10 * Math.sin(Math.PI * each + 1) ** 2));
  const last = w.at(-1);
  return (
    Math.sin(Math.PI * w[0]) ** 2 + sum(inner) + (last - 1) ** 2 * (1 + Math.sin(2 * Math.PI * last) ** 2)
  );
}

const ackley = (x) =>
  -20 * Math.exp(-0.2 * Math.sqrt(sum(x.map((each) => each ** 2)) / x.length)) -
  Math.exp(sum(x.map((each) => Math.cos(2 * Math.PI * each))) / x.length) +
  20 +
  Math.E;

const rate = { min: 0.0001, max: 1, scale: 'log' };
const decades = (value, best) => Math.log10(value / best);

/** Of a small ResNet: deep enough, wide enough, and a rate that suits batch and depth. */
function resnetError({ depth, width, learningRate, batchSize, weightDecay, schedule }) {
  const best = 0.1 * Math.sqrt(batchSize / 128) * (20 / depth) ** 0.3;
  const size = 0.5 / (depth * width ** 0.7) + 0.0004 * Math.max(0, depth - 44);
  const scheduled = { 'one-cycle': 0, cosine: 0.004, step: 0.008, constant: 0.03 }[schedule];
  const settings = 0.03 * decades(learningRate, best) ** 2 + 0.006 * decades(weightDecay, 5e-4) ** 2;
  return 0.05 + size + scheduled + Math.min(0.5, settings) + 0.01 * Math.log2(Math.max(1, batchSize / 256));
}
const resnetSpace = {
  depth: { min: 8, max: 56, step: 6 },
  width: { min: 0.5, max: 2 },
  learningRate: rate,
  batchSize: { min: 32, max: 1024, scale: 'log' },
  weightDecay: { min: 1e-6, max: 1e-2, scale: 'log' },
  schedule: ['constant', 'step', 'cosine', 'one-cycle'],
};
/** The best rate and decay at width 2, batch 32 to 256 and depth 44 or 50. */
const resnetMin = Math.min(
  ...[8, 14, 20, 26, 32, 38, 44, 50, 56].map((depth) =>
    resnetError({
      ...{ depth, width: 2, batchSize: 128, weightDecay: 5e-4, schedule: 'one-cycle' },
      learningRate: 0.1 * (20 / depth) ** 0.3,
    }),
  ),
);

/** name -> what it is; `numeric`: no categories and no conditions; `smooth`: what a Gaussian process is made for. */
export const objectives = {
  branin: {
    space: unitSpace(2),
    best: BRANIN_MIN,
    numeric: true,
    smooth: true,
    value: (v) => branin(...scaled(v, 2, 0, 1)),
  },
  hartmann6: {
    ...{ space: unitSpace(6), best: -3.32236801141551, numeric: true, smooth: true },
    value: (v) => hartmann6(scaled(v, 6, 0, 1)),
  },
  rosenbrock4: {
    ...{ space: unitSpace(4), best: 0, numeric: true, smooth: true },
    value: (v) => rosenbrock(scaled(v, 4, -2.048, 2.048)),
  },
  levy4: { space: unitSpace(4), best: 0, numeric: true, value: (v) => levy(scaled(v, 4, -10, 10)) },
  // Not centred, or whoever tries the middle first would win.
  ackley5: { space: unitSpace(5), best: 0, numeric: true, value: (v) => ackley(scaled(v, 5, -20, 30)) },
  mixed: {
    space: {
      depth: { min: 8, max: 56, step: 6 },
      optimizer: ['sgd', 'adamw'],
      augment: ['none', 'flip', 'pad-crop-flip'],
      learningRate: rate,
      batchSize: { min: 16, max: 512, scale: 'log' },
      labelSmoothing: { min: 0, max: 0.3 },
    },
    best: 0,
    value: ({ depth, optimizer, augment, learningRate, batchSize, labelSmoothing }) =>
      0.002 * ((depth - 38) / 6) ** 2 +
      decades(learningRate, optimizer === 'sgd' ? 0.1 : 0.003) ** 2 +
      { none: 0.5, flip: 0.2, 'pad-crop-flip': 0 }[augment] +
      (optimizer === 'sgd' ? 0 : 0.05) +
      0.1 * Math.log2(batchSize / 64) ** 2 +
      5 * (labelSmoothing - 0.1) ** 2,
  },
  conditional: {
    space: {
      optimizer: ['sgd', 'adamw'],
      learningRate: rate,
      momentum: { min: 0.5, max: 0.99, when: { optimizer: ['sgd'] } },
      nesterov: { values: [false, true], when: { optimizer: ['sgd'] } },
      adamBeta1: { min: 0.5, max: 0.99, when: { optimizer: ['adamw'] } },
      adamBeta2: { min: 0.9, max: 0.999, when: { optimizer: ['adamw'] } },
    },
    best: 0,
    value: ({ optimizer, learningRate, momentum, nesterov, adamBeta1, adamBeta2 }) =>
      optimizer === 'sgd'
        ? decades(learningRate, 0.1) ** 2 + 10 * (momentum - 0.9) ** 2 + (nesterov ? 0 : 0.02)
        : 0.1 +
          decades(learningRate, 0.002) ** 2 +
          10 * (adamBeta1 - 0.85) ** 2 +
          40 * (adamBeta2 - 0.98) ** 2,
  },
  'noisy branin': {
    ...{ space: unitSpace(2), best: BRANIN_MIN, numeric: true, noise: 2 },
    value: (v) => branin(...scaled(v, 2, 0, 1)),
  },
  'resnet surrogate': { space: resnetSpace, best: resnetMin, value: resnetError },
};

/** Error against cost; the reference point of the hypervolume is beyond every value of either. */
export const multiObjective = {
  space: resnetSpace,
  reference: [0.8, 60 * 4],
  values: (v) => [resnetError(v), v.depth * v.width ** 2],
};

/** @param {import('@fathom/search').RecordedCurve[]} curves read along the learning rate, on its logarithm */
export function recordedObjective(curves) {
  const sorted = (of) => [...new Set(curves.map(of))].sort((a, b) => a - b);
  const depths = sorted(({ depth }) => depth);
  const rates = sorted(({ learningRate }) => learningRate);
  const errors = depths.map((depth) =>
    rates.map((learningRate) => {
      const last = curves
        .filter((curve) => curve.depth === depth && curve.learningRate === learningRate)
        .map(({ validationError }) => validationError.at(-1));
      return last.length === 0 ? 0.9 : sum(last) / last.length;
    }),
  );
  return {
    space: { depth: depths, learningRate: { min: rates[0], max: rates.at(-1), scale: 'log' } },
    best: Math.min(...errors.flat()),
    value: ({ depth, learningRate }) => {
      const row = errors[depths.indexOf(depth)];
      const at = Math.max(
        1,
        rates.findIndex((each) => each >= learningRate * (1 - 1e-12)),
      );
      const share = Math.log(learningRate / rates[at - 1]) / Math.log(rates[at] / rates[at - 1]);
      return row[at - 1] + (row[at] - row[at - 1]) * share;
    },
  };
}
