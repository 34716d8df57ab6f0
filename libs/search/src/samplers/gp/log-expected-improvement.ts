import { cdf, log1mExp, logCdf, logErfcx, logPdf } from '../../normal';

/** Half of ln(pi / 2). */
const LOG_SQRT_HALF_PI = 0.5 * Math.log(Math.PI / 2);
/** Below, 1 - |z| sqrt(pi / 2) erfcx(|z| / sqrt(2)) loses digits that its series still has. */
const FAR = -100;

/**
 * ln h(z) with h(z) = pdf(z) + z cdf(z), the expected improvement of a standard normal variable over -z: Ament et al.
 * 2023, "Unexpected improvements to expected improvement for Bayesian optimization", equation 9, with the asymptotic
 * series of the error function (Abramowitz and Stegun 7.1.23) for the far tail. Finite where h itself is 0 in doubles.
 */
export function logH(z: number): number {
  if (z > -1) return Math.log(Math.exp(logPdf(z)) + z * cdf(z));
  if (z <= FAR) {
    const inverse = 1 / (z * z);
    return logPdf(z) + Math.log(inverse) + Math.log1p(inverse * (15 * inverse - 3));
  }
  return logPdf(z) + log1mExp(-(logErfcx(-z * Math.SQRT1_2) + Math.log(-z) + LOG_SQRT_HALF_PI));
}

export interface Improvement {
  /** ln E[max(0, best - f)] of f normal with this mean and variance. */
  readonly value: number;
  readonly byMean: number;
  readonly byVariance: number;
}

/** ln of the expected improvement below `best`, with its derivatives: equation 8 of the same paper. */
export function logExpectedImprovement(mean: number, variance: number, best: number): Improvement {
  const deviation = Math.sqrt(variance);
  const z = (best - mean) / deviation;
  const log = logH(z);
  // h'(z) = cdf(z), and h(z) - z h'(z) = pdf(z).
  return {
    value: log + Math.log(deviation),
    byMean: -Math.exp(logCdf(z) - log) / deviation,
    byVariance: (0.5 * Math.exp(logPdf(z) - log)) / variance,
  };
}
