/** A device's place for one training process. `gpu` is CUDA's name of it, absent on a CPU. */
export interface Slot {
  readonly index: number;
  readonly gpu?: string;
}

/** Hands out slots; as many trials as there are slots are taken from the queue, so one is always free when asked. */
export class SlotPool {
  private readonly free: Slot[];
  readonly size: number;

  /** @param size slots in all; with GPUs, slots share them in turn */
  constructor(size: number, gpus: readonly string[]) {
    this.size = size;
    this.free = Array.from({ length: size }, (_, index) => {
      const gpu = gpus[index % gpus.length];
      return gpu === undefined ? { index } : { index, gpu };
    });
  }

  get freeCount(): number {
    return this.free.length;
  }

  /**
   * Runs `work` with a slot of its own.
   *
   * @param better which of two free slots it would rather have, as for sorting
   * @throws Error when more are asked for than there are
   */
  async use<T>(work: (slot: Slot) => Promise<T>, better: (a: Slot, b: Slot) => number = () => 0): Promise<T> {
    const [slot] = this.free.toSorted(better);
    if (slot === undefined) throw new Error(`all ${this.size} slots are taken`);
    this.free.splice(this.free.indexOf(slot), 1);
    try {
      return await work(slot);
    } finally {
      this.free.unshift(slot);
    }
  }
}
