import { fork, type ChildProcess } from 'node:child_process';
import { resolve } from 'node:path';
import {
  MAX_LINE,
  trainerMessageSchema,
  type EpochMetrics,
  type Failure,
  type FailureClass,
  type FinalMetrics,
  type MemoryFacts,
  type TrainerCommand,
  type TrainerMessage,
} from '@fathom/contracts';
import { memoryKills } from '@fathom/runtime';
import { exitFailure, withMemory } from './exit-failure';
import { followLines } from './followed-lines';
import { LogTail } from './log-tail';
import { ProgressWatch } from './progress-watch';

export type TrainerResult =
  | { readonly type: 'completed'; readonly metrics: FinalMetrics }
  | { readonly type: 'paused'; readonly metrics: EpochMetrics }
  | { readonly type: 'stopped'; readonly step: number; readonly checkpointed: boolean }
  | { readonly type: 'overtaken' }
  | { readonly type: 'failed'; readonly failure: Failure };

export interface TrainerOptions {
  readonly start: Extract<TrainerCommand, { type: 'start' }>;
  /** On top of this process's own, without those that only the supervisor needs. */
  readonly env: Readonly<Record<string, string>>;
  /** Takes secrets out of what it says. Absent: it knows none. */
  readonly redact?: (text: string) => string;
  readonly onMessage: (message: TrainerMessage) => void;
  /** Told what it writes, line by line; of a long one the beginning. */
  readonly onLine?: (line: string) => void;
  /** A process that is silent for so long, or longer where it has reason to be, is stuck and killed. Absent: never. */
  readonly stuckFloorMs?: number;
}

const LOG_LINES = 50;
const LOG_LINE_LENGTH = 300;
/** A process that was told to stop finishes its step and writes a checkpoint; after this long it is killed. */
const STOP_GRACE_MS = 30_000;
const WATCH_MS = 500;

/** How to reach the services is the supervisor's secret. */
const HIDDEN = {
  REDIS_URL: undefined,
  FATHOM_REDIS_SENTINEL_PASSWORD: undefined,
  DATABASE_URL: undefined,
  OTEL_EXPORTER_OTLP_HEADERS: undefined,
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: undefined,
};

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
  private watcher: NodeJS.Timeout | undefined;
  private readonly watch: ProgressWatch;
  private readonly killsBefore = memoryKills();

  constructor(private readonly options: TrainerOptions) {
    const { stuckFloorMs = Infinity } = options;
    this.watch = new ProgressWatch(stuckFloorMs);
    if (Number.isFinite(stuckFloorMs)) this.watcher = this.startWatching();
    this.child = fork(TRAINER, [], {
      env: { ...process.env, ...HIDDEN, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.child.stdout, this.child.stderr])
      if (stream)
        followLines(stream, MAX_LINE, (text) => {
          const line = this.redacted(text);
          this.log.add(line);
          options.onLine?.(line);
        });
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
    clearInterval(this.watcher);
    this.send({ type: 'stop', checkpoint });
    this.killer ??= setTimeout(() => this.kill(), STOP_GRACE_MS);
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  private redacted(text: string): string {
    return this.options.redact?.(text) ?? text;
  }

  private receive(raw: unknown): void {
    const parsed = trainerMessageSchema.safeParse(raw);
    if (!parsed.success) {
      // A process that does not speak the protocol is not to be trusted with a trial; the worker goes on.
      const message = `the training process sent a message that is none: ${parsed.error.message}`;
      this.giveUp('internal', message.slice(0, 2000));
      return;
    }
    const message = parsed.data;
    this.watch.heard(message);
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
      case 'overtaken':
        this.said = { type: 'overtaken' };
        break;
      case 'failed':
        this.said = {
          type: 'failed',
          failure: { class: message.class, message: this.redacted(message.message), log: '' },
        };
        break;
      case 'memory':
        this.memory = message.memory;
        break;
      case 'started':
      case 'progress':
      case 'phase':
      case 'working':
      case 'step':
      case 'epoch':
        break;
    }
    this.options.onMessage(message);
  }

  /** Ends a process that is of no use any more, for a reason that it cannot say itself. */
  private giveUp(failureClass: FailureClass, message: string): void {
    this.said ??= { type: 'failed', failure: { class: failureClass, message, log: '' } };
    this.kill();
  }

  private startWatching(): NodeJS.Timeout {
    let before = performance.now();
    return setInterval(() => {
      const now = performance.now();
      // Where this process itself was frozen, what the other one said meanwhile has not been read yet.
      const reason = this.watch.pass(Math.min(now - before, 2 * WATCH_MS));
      before = now;
      if (reason !== undefined) this.giveUp('stuck', reason);
    }, WATCH_MS);
  }

  private ended(code: number | null, signal: NodeJS.Signals | null): TrainerResult {
    clearTimeout(this.killer);
    clearInterval(this.watcher);
    const log = this.log.text();
    if (this.said && this.said.type !== 'failed') return this.said;
    const failure = this.said
      ? withMemory({ ...this.said.failure, log }, this.memory)
      : exitFailure({ code, signal, log, memory: this.memory, wasKillForMemory: this.wasKillForMemory() });
    return { type: 'failed', failure };
  }

  private wasKillForMemory(): boolean | undefined {
    const now = memoryKills();
    return now === undefined || this.killsBefore === undefined ? undefined : now > this.killsBefore;
  }

  private send(command: TrainerCommand): void {
    // A closed channel means that the process has ended, which its result will say.
    if (this.child.connected) this.child.send(command, () => undefined);
  }
}
