import type { PredictedRange } from '@fathom/contracts';

/** A forecast is made anew after so long, and after a hundred times what it took. */
const RENEW_MS = 60_000;
const RENEW_FACTOR = 100;

interface Kept {
  readonly value: PredictedRange | undefined;
  readonly until: number;
}

/**
 * What whole sweeps will have taken. A forecast plays the sweep, which takes up to seconds of work in small slices: they are
 * made one after the other, beside the scrapes, and only while somebody asks.
 */
export class SweepForecasts {
  private readonly kept = new Map<string, Kept>();
  private isBusy = false;

  /**
   * @param forecast rejects where there can be none
   * @param failed is told why there is none
   */
  constructor(
    private readonly forecast: (sweepId: string) => Promise<PredictedRange>,
    private readonly failed: (sweepId: string, error: unknown) => void,
  ) {}

  /** Those that are known now. Begins to make one that is not, or that is old; forgets all other sweeps. */
  of(sweepIds: readonly string[]): ReadonlyMap<string, PredictedRange> {
    for (const id of this.kept.keys()) if (!sweepIds.includes(id)) this.kept.delete(id);
    const due = sweepIds.find((id) => (this.kept.get(id)?.until ?? 0) < performance.now());
    if (due !== undefined && !this.isBusy) void this.make(due);
    return new Map(
      sweepIds.flatMap((id) => {
        const value = this.kept.get(id)?.value;
        return value === undefined ? [] : [[id, value] as const];
      }),
    );
  }

  private async make(sweepId: string): Promise<void> {
    this.isBusy = true;
    const began = performance.now();
    const value = await this.forecast(sweepId).catch((error: unknown) => {
      this.failed(sweepId, error);
      return undefined;
    });
    const now = performance.now();
    this.kept.set(sweepId, { value, until: now + Math.max(RENEW_MS, RENEW_FACTOR * (now - began)) });
    this.isBusy = false;
  }
}
