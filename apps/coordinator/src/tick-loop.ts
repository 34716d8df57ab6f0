import type { Logger } from '@fathom/runtime';

/**
 * Does a piece of work again and again: after every interval, and at once when poked; never two at a time. Work
 * that fails is logged, the first time in a row, and tried again after the interval.
 */
export class TickLoop {
  private isStopped = false;
  private isPoked = false;
  private isFailing = false;
  private wake: () => void = () => undefined;
  private running: Promise<void> | undefined;

  /** @param work resolves true when there is more to do right away */
  constructor(
    private readonly name: string,
    private readonly intervalMs: number,
    private readonly work: () => Promise<boolean>,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.running ??= this.run();
  }

  poke(): void {
    this.isPoked = true;
    this.wake();
  }

  /** Resolves when the work in progress is done. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.wake();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.isStopped) {
      this.isPoked = false;
      const hasMore = await this.attempt();
      if (!hasMore) await this.pause();
    }
  }

  private async attempt(): Promise<boolean> {
    try {
      const hasMore = await this.work();
      if (this.isFailing) this.logger.info({ loop: this.name }, `${this.name} works again`);
      this.isFailing = false;
      return hasMore;
    } catch (error) {
      // The first of a series; an outage of an hour is one line, not thousands.
      const level = this.isFailing ? 'debug' : 'warn';
      this.logger[level]({ err: error, loop: this.name }, `${this.name} failed; it will be tried again`);
      this.isFailing = true;
      // A poke must not make a failing loop spin.
      this.isPoked = false;
      return false;
    }
  }

  private async pause(): Promise<void> {
    if (this.isStopped || this.isPoked) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      timer = setTimeout(resolve, this.intervalMs);
    });
    clearTimeout(timer);
  }
}
