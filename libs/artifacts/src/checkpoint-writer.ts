import { resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { CheckpointStorageError } from './checkpoint-storage-error';
import type { StoredCheckpoint } from './checkpoint-store';
import { defaultRetention, type Retention } from './retention';
import type { WriterThreadData, WriterThreadReply } from './checkpoint-writer-thread';

export interface CheckpointWriterOptions {
  /** Which checkpoints stay; see `CheckpointStore`. */
  readonly retention?: Retention;
  /** Of the attempt that writes; see `CheckpointStore`. */
  readonly fence?: number;
  /** How long a checkpoint waits for an object store that is away, before it has failed. Default: 5 minutes. */
  readonly patienceMs?: number;
  /** Told when a checkpoint is stored. */
  readonly onWritten?: (step: number) => void;
  /** Told, once in an outage, that a checkpoint waits for an object store. */
  readonly onWaiting?: (step: number, reason: string) => void;
}

const PATIENCE_MS = 300_000;

// The compiled file, also where this one runs from its source.
const THREAD = resolve(__dirname, '../dist/checkpoint-writer-thread.js');

/**
 * Writes checkpoints in a thread of its own, beside the training that hands them over: encoding, checksum and fsync
 * cost the training nothing. One is written at a time and one may wait; a newer one takes the place of the waiting
 * one, so that a slow disk holds up nothing and at most two are in memory. So does an object store that is away for a
 * while.
 */
export class CheckpointWriter {
  #thread: Worker | undefined;
  #writing: number | undefined;
  #waiting: StoredCheckpoint | undefined;
  #written: number | undefined;
  #isWaiting = false;
  #failure: CheckpointStorageError | undefined;
  #wakers: (() => void)[] = [];

  constructor(
    readonly dir: string,
    private readonly options: CheckpointWriterOptions = {},
  ) {}

  /** Step of the newest checkpoint that is stored. */
  get writtenStep(): number | undefined {
    return this.#written;
  }

  /**
   * Hands a checkpoint over and returns at once. The memory of its tensors moves to the thread: the caller's arrays
   * are empty from then on.
   *
   * @throws CheckpointStorageError of an earlier one
   */
  write(checkpoint: StoredCheckpoint): void {
    this.throwIfFailed();
    if (this.#writing === undefined) this.#send(checkpoint);
    else this.#waiting = checkpoint;
  }

  /** @throws CheckpointStorageError where a write has failed since the writer was made */
  throwIfFailed(): void {
    if (this.#failure) throw this.#failure;
  }

  /**
   * Waits until everything that was handed over is stored.
   *
   * @throws CheckpointStorageError
   */
  async flush(): Promise<void> {
    while (this.#writing !== undefined) await this.#change();
    this.throwIfFailed();
  }

  /** Waits like `flush`, but for failures as well, and ends the thread. */
  async close(): Promise<void> {
    while (this.#writing !== undefined) await this.#change();
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.terminate();
  }

  #send(checkpoint: StoredCheckpoint): void {
    this.#thread ??= this.#start();
    this.#thread.postMessage(checkpoint, buffersOf(checkpoint));
    this.#writing = checkpoint.step;
  }

  #start(): Worker {
    const { retention = defaultRetention, fence = 0, patienceMs = PATIENCE_MS } = this.options;
    const workerData: WriterThreadData = { dir: this.dir, retention, fence, patienceMs };
    const thread = new Worker(THREAD, { workerData, name: 'checkpoints', env: process.env });
    thread.on('message', (reply: WriterThreadReply) => this.#settle(reply));
    thread.on('error', (error) => this.#settle({ type: 'failed', code: '', reason: error.message }));
    thread.on('exit', (code) => {
      this.#settle({ type: 'failed', code: '', reason: `its thread ended with exit code ${code}` });
    });
    return thread;
  }

  #settle(reply: WriterThreadReply): void {
    const step = this.#writing;
    if (step === undefined) return;
    if (reply.type === 'waiting') {
      if (!this.#isWaiting) this.options.onWaiting?.(step, reply.reason);
      this.#isWaiting = true;
      return;
    }
    this.#writing = undefined;
    this.#isWaiting = false;
    switch (reply.type) {
      case 'written':
        this.#written = step;
        this.options.onWritten?.(step);
        break;
      case 'failed':
        this.#failure ??= new CheckpointStorageError(
          this.dir,
          reply.code,
          `the checkpoint of step ${step} cannot be written to ${this.dir}: ${reply.reason}`,
        );
        this.#waiting = undefined;
        break;
    }
    const next = this.#waiting;
    this.#waiting = undefined;
    if (next) this.#send(next);
    for (const wake of this.#wakers.splice(0)) wake();
  }

  #change(): Promise<void> {
    return new Promise((wake) => this.#wakers.push(wake));
  }
}

/** Each once, for tensors may share one. None is shared between threads: they come from TensorFlow or a file. */
const buffersOf = ({ tensors }: StoredCheckpoint): ArrayBuffer[] => [
  ...new Set(Object.values(tensors).map(({ data }) => data.buffer as ArrayBuffer)),
];
