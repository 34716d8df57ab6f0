/** A prediction is within 15 % of what is measured (docs/benchmarks.md). */
const PREDICTION_MARGIN = 1.15;
/** Of peaks that were measured, for the next is no exact copy. */
const MEASURED_MARGIN = 1.05;
/** A trial that was turned away and has not come back for so long found its place elsewhere. */
const FORGOTTEN_MS = 5_000;

export interface Admission {
  /** Gives the memory back. */
  release(): void;
}

/** What a trial is going to take of a device. */
export interface MemoryNeed {
  readonly trialId: string;
  /** The same for trainings that take the same. */
  readonly shape: string;
  /** Bytes; absent: nobody knows. */
  readonly predictedBytes?: number;
}

/**
 * Lets trials share devices as far as their memory goes: by what trainings of the same shape took before on this worker,
 * by the prediction before the first has. One alone on its device is always let in, and so is one of which nothing is
 * known while the device is empty.
 */
export class DeviceMemory {
  private readonly taken = new Map<number, Map<string, MemoryNeed>>();
  private readonly measured = new Map<string, number>();
  /** The trial that has waited longest, and when it last asked. */
  private hungry: { readonly trialId: string; at: number } | undefined;

  /**
   * @param bytes of each device; undefined: unknown, and whoever has a slot is let in
   * @param now milliseconds, of a clock that only goes forward
   */
  constructor(
    readonly bytes: number | undefined,
    private readonly now: () => number,
  ) {}

  /** Undefined where it does not fit now: small trials do not keep a large one waiting for ever. */
  admit(device: number, need: MemoryNeed): Admission | undefined {
    const here = this.taken.get(device) ?? new Map<string, MemoryNeed>();
    this.taken.set(device, here);
    const bytes = this.bytesOf(need);
    if (this.bytes !== undefined && here.size > 0 && !this.fits(this.bytes, here, bytes, need.trialId))
      return undefined;
    if (this.hungry?.trialId === need.trialId) this.hungry = undefined;
    here.set(need.trialId, need);
    return { release: () => void here.delete(need.trialId) };
  }

  /** What a training took at its peak so far. */
  observe(shape: string, peakBytes: number): void {
    this.measured.set(shape, Math.max(peakBytes, this.measured.get(shape) ?? 0));
  }

  /** Undefined where nobody knows. */
  bytesOf({ shape, predictedBytes }: Omit<MemoryNeed, 'trialId'>): number | undefined {
    const measured = this.measured.get(shape);
    if (measured !== undefined) return measured * MEASURED_MARGIN;
    return predictedBytes === undefined ? undefined : predictedBytes * PREDICTION_MARGIN;
  }

  private fits(
    capacity: number,
    here: ReadonlyMap<string, MemoryNeed>,
    bytes: number | undefined,
    trialId: string,
  ): boolean {
    const now = this.now();
    if (this.hungry !== undefined && now - this.hungry.at > FORGOTTEN_MS) this.hungry = undefined;
    const isBefore = this.hungry !== undefined && this.hungry.trialId !== trialId;
    // What was measured meanwhile counts for those as well that are there.
    const used = [...here.values()].reduce((sum, need) => sum + (this.bytesOf(need) ?? capacity), 0);
    const fits = bytes !== undefined && used + bytes <= capacity;
    if (fits && !isBefore) return true;
    if (!isBefore) this.hungry = { trialId, at: now };
    return false;
  }
}
