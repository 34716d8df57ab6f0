/** A prediction is within 15 % of what is measured (docs/benchmarks.md). */
const PREDICTION_MARGIN = 1.15;
/** Of peaks that were measured, for the next is no exact copy. */
const MEASURED_MARGIN = 1.05;
/** Shapes of trainings of which the peak is remembered. */
const MAX_MEASURED = 1_000;
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
 * by the prediction before the first has. One alone on its device is let in whatever it takes, and so is one of which
 * nothing is known while the device is empty. While a trial waits that was turned away nobody passes it by, on no device.
 */
export class DeviceMemory {
  private readonly taken = new Map<string, Set<MemoryNeed>>();
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
  admit(device: string, need: MemoryNeed): Admission | undefined {
    const here = this.taken.get(device) ?? new Set<MemoryNeed>();
    this.taken.set(device, here);
    if (this.mustWait(need, this.left(device, need) >= 0)) return undefined;
    // The same trial may be here twice for a moment, when it was lost and comes back before its process has ended.
    const taken = { ...need };
    here.add(taken);
    return { release: () => void here.delete(taken) };
  }

  /** Bytes of the device that would be left beside it; negative: it does not fit there now. */
  left(device: string, need: Omit<MemoryNeed, 'trialId'>): number {
    const here = this.taken.get(device) ?? new Set<MemoryNeed>();
    const capacity = this.bytes;
    if (capacity === undefined) return -here.size + Number.MAX_SAFE_INTEGER;
    if (here.size === 0) return capacity;
    // What was measured meanwhile counts for those as well that are there.
    const used = [...here].reduce((sum, other) => sum + (this.bytesOf(other) ?? capacity), 0);
    return capacity - used - (this.bytesOf(need) ?? Infinity);
  }

  /** What a training took at its peak so far. */
  observe(shape: string, peakBytes: number): void {
    const peak = Math.max(peakBytes, this.measured.get(shape) ?? 0);
    this.measured.delete(shape);
    this.measured.set(shape, peak);
    const [oldest] = this.measured.keys();
    if (this.measured.size > MAX_MEASURED && oldest !== undefined) this.measured.delete(oldest);
  }

  /** Undefined where nobody knows. */
  bytesOf({ shape, predictedBytes }: Omit<MemoryNeed, 'trialId'>): number | undefined {
    const measured = this.measured.get(shape);
    if (measured !== undefined) return measured * MEASURED_MARGIN;
    return predictedBytes === undefined ? undefined : predictedBytes * PREDICTION_MARGIN;
  }

  /** Also where it would fit: a device that has just become empty is for whoever was turned away before. */
  private mustWait({ trialId }: MemoryNeed, fits: boolean): boolean {
    const now = this.now();
    if (this.hungry !== undefined && now - this.hungry.at > FORGOTTEN_MS) this.hungry = undefined;
    if (this.hungry !== undefined && this.hungry.trialId !== trialId) return true;
    this.hungry = fits ? undefined : { trialId, at: now };
    return !fits;
  }
}
