const MS_FOR_EACH = 4;
const LONGEST_MS = 200;

/**
 * How soon a look for places follows another. A look costs the same whether it gives one trial to a queue or a hundred.
 * Where hundreds a second come and go, one for each news of them would take most of the leader's time; so a look that gave
 * much is followed by a pause in which the workers have enough to do. Where trials last, each is followed at once.
 */
export class DispatchPace {
  private until = 0;

  /** Resolves when the next look may be. */
  async ready(): Promise<void> {
    const ms = this.until - performance.now();
    if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
  }

  /** @param trials that the look gave to queues */
  gave(trials: number): void {
    this.until = performance.now() + Math.min(LONGEST_MS, MS_FOR_EACH * trials);
  }
}
