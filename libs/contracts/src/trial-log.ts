import { z } from 'zod';

/** Characters of a line that are kept. */
const MAX_TEXT = 1_000;
/** Of an attempt's log the newest part of this size is kept. */
export const MAX_LOG_BYTES = 1_048_576;

// Colours and the like; then what would do something to a terminal, or is no text for a database.
const ESCAPE_SEQUENCE = /\u001b\[[0-9;?]*[ -/]*[@-~]/g;
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g;

const LONE_SURROGATE = /\p{Surrogate}/gu;

/** A line as it is kept: plain text of one line. */
export const plainText = (text: string): string =>
  text.replace(ESCAPE_SEQUENCE, '').replace(CONTROL, '').slice(0, MAX_TEXT).replace(LONE_SURROGATE, '\ufffd');

export const logSourceSchema = z
  .enum(['training', 'worker'])
  .describe('training: what its training process wrote. worker: what its worker says of it.');

export const logLineSchema = z.strictObject({
  at: z.iso.datetime(),
  source: logSourceSchema,
  text: z.string().transform(plainText),
});
export type LogLine = z.infer<typeof logLineSchema>;

/** What workers put on the stream of logs: some lines of an attempt. The same chunk twice has the effect of one. */
export const logChunkSchema = z.strictObject({
  trialId: z.uuid(),
  attemptId: z.uuid(),
  fence: z.int().min(1),
  /** Counts the chunks of the attempt. */
  seq: z.int().min(0),
  /** Bytes of the attempt's log up to the end of this chunk. */
  endOffset: z.int().min(0),
  lines: z.array(logLineSchema).min(1),
});
export type LogChunk = z.infer<typeof logChunkSchema>;

/** Names a line, so that a reader can go on after it. */
export const logCursorSchema = z
  .string()
  .regex(/^\d{1,18}\.\d{1,9}$/, 'a cursor as received')
  .describe('Only lines after this one.');

/** A line as it is answered. */
export const trialLogLineSchema = z
  .strictObject({
    cursor: logCursorSchema.describe('Of the line; `after` takes it.'),
    attempt: z.int().min(1).describe('Fence of the attempt.'),
    at: z.iso.datetime(),
    source: logSourceSchema,
    text: z.string(),
  })
  .meta({ id: 'TrialLogLine' });
export type TrialLogLine = z.infer<typeof trialLogLineSchema>;

export const trialLogQuerySchema = z.strictObject({
  attempt: z.coerce.number().int().min(1).optional().describe('Fence of the attempt. Absent: all attempts.'),
  tail: z.coerce.number().int().min(0).max(100_000).optional().describe('The last lines of what there is.'),
  after: logCursorSchema.optional(),
  follow: z
    .enum(['true', 'false'])
    .default('false')
    .describe('Whether to go on with what comes, until the trial has ended.'),
});
export type TrialLogQuery = z.infer<typeof trialLogQuerySchema>;
