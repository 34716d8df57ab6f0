import type { TrialLogLine } from '@fathom/contracts';

/** How a log is written into an answer. */
export interface LogFormat {
  readonly contentType: string;
  write(line: TrialLogLine): string;
  /** What keeps a connection over which nothing is said; '' where the format has nothing for that. */
  readonly heartbeat: string;
}

const plain: LogFormat = {
  contentType: 'text/plain; charset=utf-8',
  write: ({ at, attempt, source, text }) => `${at} ${String(attempt)} ${source} ${text}\n`,
  heartbeat: '',
};

const lines: LogFormat = {
  contentType: 'application/x-ndjson',
  write: (line) => `${JSON.stringify(line)}\n`,
  heartbeat: '\n',
};

const events: LogFormat = {
  contentType: 'text/event-stream',
  write: (line) => `id: ${line.cursor}\ndata: ${JSON.stringify(line)}\n\n`,
  heartbeat: ': heartbeat\n\n',
};

export const logFormats = { plain, lines, events };

/** By the Accept header; plain text unless it names another. */
export function formatFor(accept: string | undefined = ''): LogFormat {
  if (accept.includes('text/event-stream')) return events;
  return /application\/(x-ndjson|jsonl|json)/.test(accept) ? lines : plain;
}
