import { fork, type ChildProcess } from 'node:child_process';
import { resolve } from 'node:path';
import {
  trainerMessageSchema,
  type EpochMetrics,
  type Failure,
  type FinalMetrics,
  type MemoryFacts,
  type TrainerCommand,
  type TrainerMessage,
} from '@fathom/contracts';
import { exitFailure, withMemory } from './exit-failure';
import { LogTail } from './log-tail';

export type TrainerResult =
  | { readonly type: 'completed'; readonly metrics: FinalMetrics }
  | { readonly type: 'paused'; readonly metrics: EpochMetrics }
  | { readonly type: 'stopped'; readonly step: number; readonly checkpointed: boolean }
  | { readonly type: 'failed'; readonly failure: Failure };

export interface TrainerOptions {
  readonly start: Extract<TrainerCommand, { type: 'start' }>;
  /** On top of this process's own. */
  readonly env: Readonly<Record<string, string>>;
  readonly onMessage: (message: TrainerMessage) => void;
}

const LOG_LINES = 50;
const LOG_LINE_LENGTH = 300;
/** A process that was told to stop finishes its step and writes a checkpoint; after this long it is killed. */
const STOP_GRACE_MS = 30_000;

const TRAINER = resolve(__dirname, '../../dist/trainer/main.js');

/** One training process, which ends itself when this process does: started with a job, ends with exactly one result. */
export class TrainerProcess {
  readonly result: Promise<TrainerResult>;
  private readonly child: ChildProcess;
  private readonly log = new LogTail(LOG_LINES, LOG_LINE_LENGTH);
  private said: TrainerResult | undefined;
  /** Known from the moment before the graph is loaded, so that it outlives a process that is killed. */
  private memory: MemoryFacts | undefined;
  private killer: NodeJS.Timeout | undefined;

  constructor(private readonly options: TrainerOptions) {
    this.child = fork(TRAINER, [], {
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    if (this.child.stdout) this.log.follow(this.child.stdout);
    if (this.child.stderr) this.log.follow(this.child.stderr);
    this.child.on('message', (message) => this.receive(message));
    this.result = new Promise((settle) => {
      this.child.once('error', (error) => {
        this.log.add(error.message);
        if (this.child.pid === undefined) settle(this.ended(null, null));
      });
      // 'close' comes after the output has been read to its end, 'exit' may not.
      this.child.once('close', (code, signal) => settle(this.ended(code, signal)));
    });
    this.send(options.start);
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Asks the process to end after the current step; kills it when it does not. */
  stop(checkpoint: boolean): void {
    this.send({ type: 'stop', checkpoint });
    this.killer ??= setTimeout(() => this.kill(), STOP_GRACE_MS);
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  private receive(raw: unknown): void {
    const parsed = trainerMessageSchema.safeParse(raw);
    if (!parsed.success) {
      // A process that does not speak the protocol is not to be trusted with a trial; the worker goes on.
      const message = `the training process sent a message that is none: ${parsed.error.message}`;
      this.said = {
        type: 'failed',
        failure: { class: 'internal', message: message.slice(0, 2000), log: '' },
      };
      this.kill();
      return;
    }
    const message = parsed.data;
    switch (message.type) {
      case 'completed':
        this.said = { type: 'completed', metrics: message.metrics };
        break;
      case 'paused':
        this.said = { type: 'paused', metrics: message.metrics };
        break;
      case 'stopped':
        this.said = { type: 'stopped', step: message.step, checkpointed: message.checkpointed };
        break;
      case 'failed':
        this.said = { type: 'failed', failure: { class: message.class, message: message.message, log: '' } };
        break;
      case 'memory':
        this.memory = message.memory;
        break;
      case 'started':
      case 'progress':
      case 'step':
      case 'epoch':
        break;
    }
    this.options.onMessage(message);
  }

  private ended(code: number | null, signal: NodeJS.Signals | null): TrainerResult {
    clearTimeout(this.killer);
    const log = this.log.text();
    if (this.said && this.said.type !== 'failed') return this.said;
    const failure = this.said
      ? withMemory({ ...this.said.failure, log }, this.memory)
      : exitFailure(code, signal, log, this.memory);
    return { type: 'failed', failure };
  }

  private send(command: TrainerCommand): void {
    // A closed channel means that the process has ended, which its result will say.
    if (this.child.connected) this.child.send(command, () => undefined);
  }
}
