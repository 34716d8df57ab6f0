/** So many binary digits have the coordinates, and 2 to this power is the number of points. */
export const SOBOL_BITS = 30;

/**
 * Of each dimension after the first: a primitive polynomial over GF(2) with its coefficients as binary digits, then the
 * initial direction numbers m1, m2 …. The first 40 dimensions of new-joe-kuo-6.21201 of Joe and Kuo 2008,
 * "Constructing Sobol sequences with better two-dimensional projections", https://web.maths.unsw.edu.au/~fkuo/sobol/
 */
// prettier-ignore
const joeKuo: readonly (readonly [polynomial: number, ...initial: number[]])[] = [
  [3, 1],
  [7, 1, 3],
  [11, 1, 3, 1],
  [13, 1, 1, 1],
  [19, 1, 1, 3, 3],
  [25, 1, 3, 5, 13],
  [37, 1, 1, 5, 5, 17],
  [41, 1, 1, 5, 5, 5],
  [47, 1, 1, 7, 11, 19],
  [55, 1, 1, 5, 1, 1],
  [59, 1, 1, 1, 3, 11],
  [61, 1, 3, 5, 5, 31],
  [67, 1, 3, 3, 9, 7, 49],
  [91, 1, 1, 1, 15, 21, 21],
  [97, 1, 3, 1, 13, 27, 49],
  [103, 1, 1, 1, 15, 7, 5],
  [109, 1, 3, 1, 15, 13, 25],
  [115, 1, 1, 5, 5, 19, 61],
  [131, 1, 3, 7, 11, 23, 15, 103],
  [137, 1, 3, 7, 13, 13, 15, 69],
  [143, 1, 1, 3, 13, 7, 35, 63],
  [145, 1, 3, 5, 9, 1, 25, 53],
  [157, 1, 3, 1, 13, 9, 35, 107],
  [167, 1, 3, 1, 5, 27, 61, 31],
  [171, 1, 1, 5, 11, 19, 41, 61],
  [185, 1, 3, 5, 3, 3, 13, 69],
  [191, 1, 1, 7, 13, 1, 19, 1],
  [193, 1, 3, 7, 5, 13, 19, 59],
  [203, 1, 1, 3, 9, 25, 29, 41],
  [211, 1, 3, 5, 13, 23, 1, 55],
  [213, 1, 3, 7, 3, 13, 59, 17],
  [229, 1, 3, 1, 3, 5, 53, 69],
  [239, 1, 1, 5, 5, 23, 33, 13],
  [241, 1, 1, 7, 7, 1, 61, 123],
  [247, 1, 1, 7, 9, 13, 61, 49],
  [253, 1, 3, 3, 5, 3, 55, 33],
  [285, 1, 3, 1, 15, 31, 13, 49, 245],
  [299, 1, 3, 5, 15, 31, 59, 63, 97],
  [301, 1, 3, 1, 11, 11, 11, 77, 249],
];

export const SOBOL_DIMENSIONS = joeKuo.length + 1;

/** Direction numbers as integers of {@link SOBOL_BITS} digits: bit k of the Gray code toggles the digits of the k-th. */
const directions: readonly Int32Array[] = [
  Int32Array.from({ length: SOBOL_BITS }, (_, k) => 2 ** (SOBOL_BITS - 1 - k)),
  ...joeKuo.map(([polynomial, ...initial]) => directionsOf(polynomial, initial)),
];

/** The recurrence of Bratley and Fox 1988, "Algorithm 659", section 2, with numbers shifted to the upper digits. */
function directionsOf(polynomial: number, initial: readonly number[]): Int32Array {
  const degree = initial.length;
  const numbers = new Int32Array(SOBOL_BITS);
  initial.forEach((m, k) => (numbers[k] = m * 2 ** (SOBOL_BITS - 1 - k)));
  for (let k = degree; k < SOBOL_BITS; k++) {
    let number = (numbers[k - degree] ?? 0) ^ ((numbers[k - degree] ?? 0) >> degree);
    for (let j = 1; j < degree; j++) if ((polynomial >> (degree - j)) & 1) number ^= numbers[k - j] ?? 0;
    numbers[k] = number;
  }
  return numbers;
}

/**
 * A point of the sequence in Gray-code order (Antonov and Saleev 1979), which is that of scipy.stats.qmc.Sobol.
 *
 * @param index 0 to 2^30 - 1
 * @param shifts one per dimension, 0 to 2^30 - 1: its digits are added to those of the coordinate; 0: none
 * @returns coordinates, 0 <= u < 1
 */
export function sobolPoint(index: number, shifts: readonly number[]): number[] {
  if (index >= 2 ** SOBOL_BITS) throw new RangeError(`the Sobol sequence has 2^${String(SOBOL_BITS)} points`);
  const gray = index ^ (index >> 1);
  return shifts.map((shift, dimension) => {
    let digits = shift;
    for (let k = 0; gray >> k > 0; k++) if ((gray >> k) & 1) digits ^= directions[dimension]?.[k] ?? 0;
    return digits / 2 ** SOBOL_BITS;
  });
}
