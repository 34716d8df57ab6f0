import type { WorkerFacts } from '@fathom/contracts';
import type { FailFastOptions } from './fail-fast-redis';
import { errorListener } from './log';
import { WorkerDirectory } from './worker-directory';

const ANNOUNCE_MS = 3_000;

/** Says every few seconds, and whenever it changes, that a worker is there and what it can do. */
export class WorkerPresence {
  private readonly directory: WorkerDirectory;
  private readonly timer: NodeJS.Timeout;
  /** It is said again in a moment. */
  private readonly failed: (error: Error) => void;
  /** What was said last, and whether it has arrived. */
  private said: Promise<void> = Promise.resolve();

  /** @param facts as they are at the moment */
  constructor(
    options: FailFastOptions,
    private readonly facts: () => WorkerFacts,
  ) {
    this.directory = new WorkerDirectory(options);
    this.failed = errorListener(options.log, 'the directory of workers');
    this.timer = setInterval(() => {
      this.announce();
    }, ANNOUNCE_MS);
    this.announce();
  }

  announce(): void {
    this.said = this.directory.announce(this.facts()).catch(this.failed);
  }

  /** Takes no trials any more. */
  async leave(): Promise<void> {
    clearInterval(this.timer);
    // Otherwise the worker would be there again, until it has not been heard of for long enough.
    await this.said;
    await this.directory.leave(this.facts().worker).catch(this.failed);
  }

  close(): Promise<void> {
    clearInterval(this.timer);
    return this.directory.close();
  }
}
