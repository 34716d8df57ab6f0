const DEADLINE_MS = 2_000;
/** Reading may take this share of the time. */
const SHARE = 1 / 20;

export interface ReadingOptions {
  /** Milliseconds that a reading is good for at least. */
  readonly freshMs: number;
  /** Told of the first failure; of others only after the source has answered again. */
  failed(what: string, error: unknown): void;
}

/**
 * Keeps what was read, so that however often is asked, reading takes a twentieth of the time at the most.
 */
export class KeptReading<T> {
  private kept: { readonly value: T; readonly until: number } | undefined;
  private pending: Promise<T | undefined> | undefined;
  private isFailing = false;

  /** @param what is read, for people */
  constructor(
    private readonly what: string,
    private readonly read: () => Promise<T>,
    private readonly options: ReadingOptions,
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
    } finally {
      clearTimeout(timer);
    }
  }

  private async start(): Promise<T | undefined> {
    const began = performance.now();
    try {
      const value = await this.read();
      const now = performance.now();
      this.kept = { value, until: now + Math.max(this.options.freshMs, (now - began) / SHARE) };
      this.isFailing = false;
      return value;
    } catch (error) {
      if (!this.isFailing) this.options.failed(this.what, error);
      this.isFailing = true;
      return undefined;
    } finally {
      this.pending = undefined;
    }
  }
}
