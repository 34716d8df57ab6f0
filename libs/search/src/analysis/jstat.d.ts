/** The one function of jstat that we use; the package has no types of its own. */
declare module 'jstat' {
  export const jStat: {
    readonly studentt: {
      /** The quantile of Student's t distribution at probability p, 0 < p < 1. */
      inv(p: number, degreesOfFreedom: number): number;
    };
  };
}
