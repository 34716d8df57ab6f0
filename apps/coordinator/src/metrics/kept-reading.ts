const DEADLINE_MS = 2_000;
/** Reading may take this share of the time. */
const SHARE = 1 / 20;

/**
 * Keeps what was read, so that however often is asked, reading takes a twentieth of the time at the most.
 */
export class KeptReading<T> {
  private kept: { readonly value: T; readonly until: number } | undefined;
  private pending: Promise<T> | undefined;

  /** @param freshMs how long a reading is good for at least */
  constructor(
    private readonly read: () => Promise<T>,
    private readonly freshMs: number,
  ) {}

  /** undefined where the source is away, or takes longer than a scrape can wait; the next may find what it came to. */
  async get(): Promise<T | undefined> {
    if (this.kept !== undefined && performance.now() < this.kept.until) return this.kept.value;
    this.kept = undefined;
    this.pending ??= this.start();
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), DEADLINE_MS);
    });
    try {
      return await Promise.race([this.pending, deadline]);
    } catch {
      // A metric without a value says it.
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  private async start(): Promise<T> {
    const began = performance.now();
    try {
      const value = await this.read();
      const now = performance.now();
      this.kept = { value, until: now + Math.max(this.freshMs, (now - began) / SHARE) };
      return value;
    } finally {
      this.pending = undefined;
    }
  }
}
