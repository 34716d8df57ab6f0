export interface RunningTrial {
  readonly trialId: string;
  readonly sweepId: string;
  readonly priority: number;
}

/**
 * Which trials make room: for each that waits one of a lower priority, the lowest first, unless one that was asked before
 * is still on its way out.
 *
 * @param waiting priorities of the trials that wait, the highest first
 * @param running the lowest priority first, and among equals the youngest attempt
 * @param asked trials that are on their way out
 */
export function victims(
  waiting: readonly number[],
  running: readonly RunningTrial[],
  asked: ReadonlySet<string>,
): readonly RunningTrial[] {
  const leaving = running.filter(({ trialId }) => asked.has(trialId)).length;
  const staying = running.filter(({ trialId }) => !asked.has(trialId));
  return waiting.slice(leaving).flatMap((priority, index) => {
    const candidate = staying[index];
    return candidate !== undefined && candidate.priority < priority ? [candidate] : [];
  });
}
