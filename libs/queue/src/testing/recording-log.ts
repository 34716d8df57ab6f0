import type { QueueLog } from '../log';

export interface RecordingLog extends QueueLog {
  readonly messages: string[];
}

/** Keeps what is logged instead of writing it into the test's output. */
export function recordingLog(): RecordingLog {
  const messages: string[] = [];
  return { messages, warn: (_, message) => void messages.push(message) };
}
