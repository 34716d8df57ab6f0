/** Work goes on for so long before others get a turn. */
const SLICE_MS = 50;

/** Lets others have a turn in the midst of work that would keep the event loop for long. */
export class Turns {
  private since = performance.now();

  /** @param turn what is waited for between two slices of the work; anything that leaves the event loop to others */
  constructor(private readonly turn: () => Promise<unknown>) {}

  /** To be called between parts of the work; waits only where it has gone on for 50 ms. */
  async next(): Promise<void> {
    if (performance.now() - this.since < SLICE_MS) return;
    await this.turn();
    this.since = performance.now();
  }
}
