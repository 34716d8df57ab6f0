/** ln sqrt(2 pi) */
export const LOG_SQRT_2PI = 0.9189385332046727;
const LOG_2 = Math.LN2;

/**
 * Chebyshev coefficients of ln(erfcx(x) / t) over 2t - 1, where t = 2 / (2 + x): Schonfelder 1978, "Chebyshev
 * expansions for the error and related functions" (Mathematics of Computation 32), the form of Press et al. 2007,
 * "Numerical Recipes", section 6.2.2. The first is halved, as the series asks.
 */
const LOG_ERFCX = [
  -0.6513268598908547, 0.6419697923564903, 0.019476473204185836, -0.009561514786808632,
  -0.0009465953444820368, 0.00036683949785276145, 0.000042523324806907772, -0.000020278578112534243,
  -0.0000016242900046470255, 0.0000013036558355805232, 1.562644172206617e-8, -8.523809591492654e-8,
  6.529054439098851e-9, 5.059343495551469e-9, -9.913641564930331e-10, -2.273651222931836e-10,
  9.646791102015527e-11, 2.394038083039115e-12, -6.886027526497553e-12, 8.944879273090726e-13,
  3.130921399342958e-13, -1.1270822361367252e-13, 3.810905255189232e-16, 7.106097612136924e-15,
  -1.523028201457104e-15, -9.457494571291234e-17, 1.210237189224279e-16, -2.816663087747177e-17,
] as const;

/**
 * ln(exp(x^2) erfc(x)) for x >= 0, to a few units in the last place of its largest term; no overflow, however large
 * x is.
 */
export function logErfcx(x: number): number {
  const t = 2 / (2 + x);
  const y = 4 * t - 2;
  let after = 0;
  let b = 0;
  for (let i = LOG_ERFCX.length - 1; i > 0; i--) {
    const next = y * b - after + (LOG_ERFCX[i] ?? 0);
    after = b;
    b = next;
  }
  return Math.log(t) + (y / 2) * b - after + LOG_ERFCX[0];
}

/** ln of the standard normal density. */
export const logPdf = (z: number): number => -0.5 * z * z - LOG_SQRT_2PI;

/** ln of the standard normal distribution function; exact far into both tails. */
export function logCdf(z: number): number {
  if (z === -Infinity) return -Infinity;
  if (z <= 0) return logErfcx(-z * Math.SQRT1_2) - LOG_2 - 0.5 * z * z;
  return Math.log1p(-upperTail(z));
}

/** The standard normal distribution function. */
export const cdf = (z: number): number => (z <= 0 ? upperTail(-z) : 1 - upperTail(z));

/** 1 - cdf(z) for z >= 0 */
const upperTail = (z: number): number =>
  z === Infinity ? 0 : 0.5 * Math.exp(logErfcx(z * Math.SQRT1_2) - 0.5 * z * z);

/** ln(1 - e^-x) for x >= 0, by whichever form loses no digits (Mächler 2012, "Accurately computing log(1 - exp(-|a|))"). */
export const log1mExp = (x: number): number =>
  x < LOG_2 ? Math.log(-Math.expm1(-x)) : Math.log1p(-Math.exp(-x));

/** ln(cdf(b) - cdf(a)) for a <= b, from whichever tail is the smaller; -Infinity where a = b. */
export function logCdfDifference(a: number, b: number): number {
  if (a >= b) return -Infinity;
  if (b <= 0) {
    const upper = logCdf(b);
    return upper + log1mExp(upper - logCdf(a));
  }
  if (a > 0) return logCdfDifference(-b, -a);
  return Math.log1p(-upperTail(-a) - upperTail(b));
}
