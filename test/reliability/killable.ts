import { setTimeout as sleep } from 'node:timers/promises';

/** A process as it runs now. */
export interface Running {
  readonly pid: number;
  /** Settles when it has ended, with how. */
  readonly exited: Promise<string>;
  /** Ends it in order. */
  stop(): Promise<void>;
}

/** A process of a stack that can be killed, started again and frozen at any time. */
export class Killable {
  /** Ends that nobody asked for. */
  readonly faults: string[] = [];
  private running: Running | undefined;

  constructor(
    readonly name: string,
    private readonly begin: () => Promise<Running>,
  ) {}

  /** undefined where it does not run. */
  get pid(): number | undefined {
    return this.running?.pid;
  }

  async start(): Promise<void> {
    const running = await this.begin();
    this.running = running;
    void running.exited.then((how) => {
      if (this.running !== running) return;
      this.running = undefined;
      this.faults.push(`${this.name} ended by itself: ${how}`);
    });
  }

  signal(signal: NodeJS.Signals): void {
    if (this.running) process.kill(this.running.pid, signal);
  }

  /** SIGKILL, and the same again. */
  async replace(): Promise<void> {
    const { running } = this;
    this.running = undefined;
    if (running) {
      process.kill(running.pid, 'SIGKILL');
      await running.exited;
    }
    await this.start();
  }

  /** SIGSTOP, and SIGCONT after `ms`. */
  async freeze(ms: number): Promise<void> {
    const frozen = this.running;
    this.signal('SIGSTOP');
    await sleep(ms);
    if (frozen && frozen === this.running) this.signal('SIGCONT');
  }

  async stop(): Promise<void> {
    const { running } = this;
    this.running = undefined;
    await running?.stop();
  }
}
