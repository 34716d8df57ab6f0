import { choleskyInPlace, invertLower } from '../numeric/cholesky';
import { costParts, partsOf, type CostPart, type EpochWork } from './epoch-work';

/** An epoch that was trained, and how long that took. */
export interface MeasuredEpoch extends EpochWork {
  readonly seconds: number;
}

/** Nine times in ten between `low` and `high`, as far as the model can know. */
export interface PredictedSeconds {
  readonly expected: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Seconds of one unit of each part on the machine of docs/benchmarks.md (two CPU cores), fitted to its table. Another
 * machine has other numbers; the prior below says by how much.
 */
const REFERENCE: Record<CostPart, number> = {
  float32: 1 / 475e9,
  bfloat16: 1 / 700e9,
  float16: 1 / 700e9,
  bytes: 1 / 30e9,
  steps: 0.0024,
};

/** Standard deviations, all of the natural logarithm of seconds. */
const DEVIATION = {
  /** Of a fleet nobody has measured, against the reference: nine in ten are within a factor of thirty. */
  fleet: Math.log(30) / 1.645,
  /** Of one part against the others: 1.8 times up or down. */
  part: 0.6,
  /** Of a network against what the formula says of it, on a machine that is known. */
  network: 0.1,
  /** Of one epoch against the next of the same network, at the least. */
  epoch: 0.03,
} as const;

const NINE_IN_TEN = 1.645;
/** Degrees of freedom of the t distribution that residuals are taken to have: outliers hardly count. */
const FREEDOM = 4;
const ITERATIONS = 20;
const UNKNOWNS = costParts.length + 1;

/** What was measured of one network at one batch size and precision. */
interface Group {
  readonly count: number;
  /** Median of log(measured) - log(formula). */
  readonly offset: number;
}

/**
 * Predicts how long an epoch takes:
 *
 *     seconds = F x (operations x a[precision] + bytes x b + steps x c) x N[network, batch size, precision]
 *
 * a, b and c begin as on a reference machine. F, a, b and c are moved to what the fleet has measured: the maximum a
 * posteriori estimate of their logarithms, by Gauss-Newton on log(seconds) with normal priors and the weights of a t
 * distribution (Lange, Little and Taylor 1989, "Robust Statistical Modeling Using the t Distribution"), so
 * one measurement already sets F, and further ones of other networks, batches and precisions the rest. N, near 1, is
 * what remains of the networks that were measured themselves: the median residual, shrunk by the share of its variance
 * that is noise of single epochs (best linear unbiased prediction of a random effect).
 *
 * The range comes from the covariance of the estimate at the prediction (the delta method) with the deviation among
 * networks and epochs: wide where nothing like it was measured. A fleet of unlike devices is one fleet: their difference
 * is in the range.
 */
export class CostModel {
  private constructor(
    private readonly unknowns: Float64Array,
    private readonly covariance: Float64Array,
    private readonly groups: ReadonlyMap<string, Group>,
    private readonly epochDeviation: number,
    /** How many epochs it has learnt from. */
    readonly measured: number,
  ) {}

  /** @param epochs those without a positive number of seconds are left out */
  static from(epochs: readonly MeasuredEpoch[]): CostModel {
    const usable = epochs.filter(({ seconds }) => Number.isFinite(seconds) && seconds > 0);
    const byKey = new Map<string, MeasuredEpoch[]>();
    for (const epoch of usable) {
      const key = keyOf(epoch);
      byKey.set(key, [...(byKey.get(key) ?? []), epoch]);
    }
    const epochDeviation = deviationWithin([...byKey.values()]);
    const { unknowns, covariance } = fit([...byKey.values()], epochDeviation);
    const groups = new Map(
      [...byKey].map(([key, members]) => {
        const offset = median(
          members.map((each) => Math.log(each.seconds / termsOf(each, unknowns).seconds)),
        );
        return [key, { count: members.length, offset }] as const;
      }),
    );
    return new CostModel(unknowns, covariance, groups, epochDeviation, usable.length);
  }

  predict(work: EpochWork): PredictedSeconds {
    const { seconds, shares } = termsOf(work, this.unknowns);
    const group = this.groups.get(keyOf(work));
    const own = DEVIATION.network ** 2;
    const noise = this.epochDeviation ** 2;
    // Of what was measured itself only the noise of its mean is left; of the rest, all that the formula cannot know.
    const trust = group === undefined ? 0 : own / (own + noise / group.count);
    const formula = quadratic(this.covariance, shares) + own;
    const deviation = Math.sqrt((1 - trust) * formula + noise);
    const expected = seconds * Math.exp(trust * (group?.offset ?? 0));
    const factor = Math.exp(NINE_IN_TEN * deviation);
    return { expected, low: expected / factor, high: expected * factor };
  }
}

/** Epochs with the same key differ in nothing that the formula knows but their number of images. */
const keyOf = ({ network, precision, batchSize }: EpochWork): string =>
  [network.macs, network.activationBytes, network.parameters, network.updateMacs, precision, batchSize].join(
    ' ',
  );

/** The formula without N, and how its logarithm moves with each unknown: with F by 1, with a part by its share. */
function termsOf(work: EpochWork, unknowns: Float64Array): { seconds: number; shares: Float64Array } {
  const parts = partsOf(work);
  const shares = new Float64Array(UNKNOWNS);
  let sum = 0;
  costParts.forEach((part, i) => {
    const seconds = parts[part] * REFERENCE[part] * Math.exp(unknowns[i] ?? 0);
    shares[i] = seconds;
    sum += seconds;
  });
  for (let i = 0; i < costParts.length; i++) shares[i] = (shares[i] ?? 0) / sum;
  shares[costParts.length] = 1;
  return { seconds: sum * Math.exp(unknowns[costParts.length] ?? 0), shares };
}

function fit(groups: readonly (readonly MeasuredEpoch[])[], epochDeviation: number) {
  const unknowns = new Float64Array(UNKNOWNS);
  // From the right size on, or everything would look like an outlier.
  unknowns[costParts.length] = median(
    groups.flatMap((members) =>
      members.map((each) => Math.log(each.seconds / termsOf(each, unknowns).seconds)),
    ),
  );
  let covariance = new Float64Array(UNKNOWNS * UNKNOWNS);
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const information = new Float64Array(UNKNOWNS * UNKNOWNS);
    const gradient = new Float64Array(UNKNOWNS);
    for (let i = 0; i < UNKNOWNS; i++) {
      const precision = (i < costParts.length ? DEVIATION.part : DEVIATION.fleet) ** -2;
      information[i * UNKNOWNS + i] = precision;
      gradient[i] = -precision * (unknowns[i] ?? 0);
    }
    for (const members of groups) {
      // Epochs of one network err together: however many, they say no more than that network can.
      const variance = members.length * DEVIATION.network ** 2 + epochDeviation ** 2;
      for (const each of members) addTo(information, gradient, each, unknowns, variance);
    }
    covariance = inverse(information);
    const step = times(covariance, gradient);
    step.forEach((change, i) => (unknowns[i] = (unknowns[i] ?? 0) + change));
    if (step.every((change) => Math.abs(change) < 1e-10)) break;
  }
  return { unknowns, covariance };
}

function addTo(
  information: Float64Array,
  gradient: Float64Array,
  epoch: MeasuredEpoch,
  unknowns: Float64Array,
  variance: number,
): void {
  const { seconds, shares } = termsOf(epoch, unknowns);
  const residual = Math.log(epoch.seconds / seconds);
  const standardised = residual / Math.hypot(DEVIATION.network, DEVIATION.epoch);
  const weight = (FREEDOM + 1) / (FREEDOM + standardised ** 2) / variance;
  for (let i = 0; i < UNKNOWNS; i++) {
    const share = shares[i] ?? 0;
    gradient[i] = (gradient[i] ?? 0) + weight * share * residual;
    for (let j = 0; j < UNKNOWNS; j++)
      information[i * UNKNOWNS + j] =
        (information[i * UNKNOWNS + j] ?? 0) + weight * share * (shares[j] ?? 0);
  }
}

/** Robust standard deviation of log(seconds per image) around the median of the group; 1.4826 makes the MAD one. */
function deviationWithin(groups: readonly (readonly MeasuredEpoch[])[]): number {
  const deviations = groups.flatMap((members) => {
    if (members.length < 2) return [];
    const logs = members.map(({ seconds, trainImages }) => Math.log(seconds / trainImages));
    const middle = median(logs);
    // With few members the median lies nearer to them than the truth.
    const correction = Math.sqrt(members.length / (members.length - 1));
    return logs.map((log) => correction * Math.abs(log - middle));
  });
  return Math.max(DEVIATION.epoch, deviations.length === 0 ? 0 : 1.4826 * median(deviations));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [below, above] = [sorted[middle - 1] ?? 0, sorted[middle] ?? 0];
  return sorted.length % 2 === 1 ? above : (below + above) / 2;
}

/** Of a positive definite matrix, which the priors make the information matrix. */
function inverse(matrix: Float64Array): Float64Array<ArrayBuffer> {
  const lower = matrix.slice();
  if (!choleskyInPlace(lower, UNKNOWNS)) throw new Error('the information matrix is not positive definite');
  const l = invertLower(lower, UNKNOWNS);
  return Float64Array.from({ length: UNKNOWNS * UNKNOWNS }, (_, at) => {
    const [i, j] = [Math.floor(at / UNKNOWNS), at % UNKNOWNS];
    let sum = 0;
    for (let k = Math.max(i, j); k < UNKNOWNS; k++)
      sum += (l[k * UNKNOWNS + i] ?? 0) * (l[k * UNKNOWNS + j] ?? 0);
    return sum;
  });
}

const times = (matrix: Float64Array, x: Float64Array): Float64Array =>
  x.map((_, i) => x.reduce((sum, value, j) => sum + (matrix[i * UNKNOWNS + j] ?? 0) * value, 0));

const quadratic = (matrix: Float64Array, x: Float64Array): number =>
  times(matrix, x).reduce((sum, value, i) => sum + value * (x[i] ?? 0), 0);
