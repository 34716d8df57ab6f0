import {
  memoryWarning,
  plainText,
  type LogChunk,
  type LogLine,
  type TrainerMessage,
} from '@fathom/contracts';
import type { Logger } from '@fathom/runtime';

export interface AttemptLogOptions {
  readonly trialId: string;
  readonly attemptId: string;
  readonly fence: number;
  /** The log of this process, with the attempt's fields. */
  readonly logger: Logger;
  /** Sends a chunk on its way; returns at once. */
  readonly publish: (chunk: LogChunk) => void;
}

/** Lines go together, at most so often. */
const FLUSH_MS = 500;
/** And no more of them than this in one go: of an output that floods, the newest. */
const MAX_BYTES = 32_768;

/** What is said of an attempt: into the log of this process, and into the trial's own log, which the API serves. */
export class AttemptLog {
  private lines: LogLine[] = [];
  private bytes = 0;
  private leftOut = 0;
  private seq = 0;
  private endOffset = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: AttemptLogOptions) {}

  /** A line that the training process wrote. */
  training(line: string): void {
    this.options.logger.debug({ source: 'training' }, line);
    this.add('training', line);
  }

  /** What the training process tells of itself, as far as people want to read it. */
  observe(message: TrainerMessage, trainerPid: number | undefined): void {
    switch (message.type) {
      case 'started': {
        const { device, tensorflow, resumedFromStep } = message;
        this.info({ device, tensorflow, resumedFromStep, trainerPid }, 'training');
        return;
      }
      case 'progress':
        this.info({}, message.what);
        return;
      case 'memory': {
        const warning = memoryWarning(message.memory);
        if (warning === undefined) this.debug(message.memory, 'memory');
        else this.warn(message.memory, warning);
        return;
      }
      case 'epoch': {
        const { epoch, validationError } = message.metrics;
        this.debug({ epoch, validationError }, 'epoch');
        return;
      }
      case 'step':
      case 'phase':
      case 'working':
      case 'completed':
      case 'paused':
      case 'stopped':
      case 'overtaken':
      case 'failed':
        return;
    }
  }

  info(fields: object, message: string): void {
    this.options.logger.info(fields, message);
    this.add('worker', textOf(fields, message));
  }

  private warn(fields: object, message: string): void {
    this.options.logger.warn(fields, message);
    this.add('worker', textOf(fields, message));
  }

  /** For the log of this process alone. */
  private debug(fields: object, message: string): void {
    this.options.logger.debug(fields, message);
  }

  /** Sends what is there. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { lines } = this;
    if (lines.length === 0) return;
    if (this.leftOut > 0)
      lines.unshift({ ...this.stamp('worker'), text: `… ${String(this.leftOut)} lines left out` });
    const { trialId, attemptId, fence, publish } = this.options;
    this.endOffset += this.bytes;
    publish({ trialId, attemptId, fence, seq: this.seq++, endOffset: this.endOffset, lines });
    this.lines = [];
    this.bytes = 0;
    this.leftOut = 0;
  }

  private add(source: LogLine['source'], text: string): void {
    const line = { ...this.stamp(source), text: plainText(text) };
    this.lines.push(line);
    this.bytes += sizeOf(line);
    while (this.bytes > MAX_BYTES) {
      const oldest = this.lines.shift();
      this.bytes -= oldest === undefined ? this.bytes : sizeOf(oldest);
      this.leftOut += 1;
    }
    this.timer ??= setTimeout(() => this.flush(), FLUSH_MS);
  }

  private stamp(source: LogLine['source']): Pick<LogLine, 'at' | 'source'> {
    return { at: new Date().toISOString(), source };
  }
}

/** As it is kept, with its time and source. */
const sizeOf = (line: LogLine): number => Buffer.byteLength(line.text) + line.at.length + line.source.length;

/** `message (name=value, …)`. */
function textOf(fields: object, message: string): string {
  const named = Object.entries(fields).filter(([, value]) => value !== undefined);
  const list = named.map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return list.length === 0 ? message : `${message} (${list.join(', ')})`;
}
