/** Constants of CMA-ES for a dimension and a population. Names and equations are those of arXiv 1604.00772v2. */
export interface Strategy {
  readonly dimension: number;
  readonly population: number;
  /** Recombined best points. */
  readonly mu: number;
  readonly muEff: number;
  /** By rank; those after the first mu are negative or 0. */
  readonly weights: readonly number[];
  readonly cSigma: number;
  readonly dSigma: number;
  readonly cC: number;
  readonly c1: number;
  readonly cMu: number;
  /** E||N(0, I)|| */
  readonly chi: number;
}

/** Equation 48. */
export const defaultPopulation = (dimension: number): number => 4 + Math.floor(3 * Math.log(dimension));

/** The defaults of the tutorial's table 1: equations 49 to 58. */
export function strategyOf(dimension: number, population: number): Strategy {
  const n = dimension;
  const mu = population >> 1;
  const raw = Array.from({ length: population }, (_, i) => Math.log((population + 1) / 2) - Math.log(i + 1));
  const muEff = effective(raw.slice(0, mu));
  const muEffMinus = effective(raw.slice(mu));
  const c1 = 2 / ((n + 1.3) ** 2 + muEff);
  const cMu = Math.min(1 - c1 - 1e-8, (2 * (muEff - 2 + 1 / muEff)) / ((n + 2) ** 2 + muEff));
  const alpha = Math.min(1 + c1 / cMu, 1 + (2 * muEffMinus) / (muEff + 2), (1 - c1 - cMu) / (n * cMu));
  const positive = sum(raw.filter((weight) => weight > 0));
  const negative = -sum(raw.filter((weight) => weight < 0));
  const cSigma = (muEff + 2) / (n + muEff + 5);
  return {
    dimension,
    population,
    mu,
    muEff,
    weights: raw.map((weight) => (weight >= 0 ? weight / positive : (alpha * weight) / negative)),
    cSigma,
    dSigma: 1 + 2 * Math.max(0, Math.sqrt((muEff - 1) / (n + 1)) - 1) + cSigma,
    cC: (4 + muEff / n) / (n + 4 + (2 * muEff) / n),
    c1,
    cMu,
    chi: Math.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n)),
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** How many equal weights would vary as much. */
const effective = (weights: readonly number[]): number =>
  sum(weights) ** 2 / sum(weights.map((weight) => weight * weight));
