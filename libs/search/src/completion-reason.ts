/** Trials that have ended. */
export interface Counts {
  ended: number;
  /** Of these without a usable result. */
  failed: number;
  /** Of these by the scheduler's decision. */
  stopped: number;
}

/** Why a sweep is complete, in words. */
export function completionReason(trials: number, { failed, stopped }: Counts): string {
  const all = `all ${String(trials)} trials have ended`;
  const early = stopped === 0 ? '' : `, ${String(stopped)} of them early`;
  return failed === 0 ? `${all}${early}` : `${all}${early}, ${String(failed)} of them without a result`;
}
