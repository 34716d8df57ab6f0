/** Short enough for stop requests and reports to pass between two calls, long enough for a call to cost nothing. */
const CALL_MS = 150;

/**
 * How many steps go into one session call. A call costs the host some time and, on a GPU, an idle device; many short
 * steps share it. The steps themselves are the same in any number.
 */
export class Pace {
  readonly #now: () => number;
  readonly #maximum: number;
  #size = 1;
  #since = 0;

  /** @param now milliseconds @param maximum steps of a call */
  constructor(now: () => number, maximum: number) {
    this.#now = now;
    this.#maximum = maximum;
  }

  /** The steps of the call that begins now. @param limit the most there may be, at least 1 */
  begin(limit: number): number {
    this.#since = this.#now();
    return Math.min(this.#size, limit);
  }

  /** The call has ended. @param steps that it took */
  end(steps: number): void {
    const stepMs = (this.#now() - this.#since) / steps;
    // A first call is slow for other reasons, and one slow call says little: grow again, but not at once.
    const fitting = Math.floor(CALL_MS / Math.max(stepMs, 1e-3));
    this.#size = Math.max(1, Math.min(fitting, 2 * this.#size, this.#maximum));
  }
}
