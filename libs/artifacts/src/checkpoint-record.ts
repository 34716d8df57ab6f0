import { z } from 'zod';
import { sha256 } from './checksum';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const recordSchema = z.strictObject({
  step: z.int().min(0),
  state: z.record(z.string(), z.json()),
  /** Of the whole safetensors file. */
  tensors: z.strictObject({ bytes: z.int().min(0), sha256: z.string() }),
  mark: z.strictObject({ score: z.number().optional(), rung: z.boolean().optional() }).optional(),
});

/** The JSON file of a checkpoint: its step, its state, and what its tensors have to be. */
export type CheckpointRecord = Readonly<z.infer<typeof recordSchema>>;

/** A checkpoint that is torn, corrupted or of another format; the message says which, without its name. */
export class UnusableCheckpoint extends Error {
  override readonly name = 'UnusableCheckpoint';
}

/** The record as JSON, with a checksum of its own: a flipped bit in a number is still valid JSON. */
export function formatRecord(record: {
  readonly step: number;
  readonly state: Readonly<Record<string, Json>>;
  readonly tensors: CheckpointRecord['tensors'];
  readonly mark?: CheckpointRecord['mark'];
}): string {
  return JSON.stringify({ ...record, sha256: sha256(JSON.stringify(record)) });
}

/**
 * @param step that its name promises
 * @throws UnusableCheckpoint
 */
export function parseRecord(text: string, step: number): CheckpointRecord {
  const { sha256: checksum, ...rest } = parseObject(text);
  // JSON.parse keeps the order of the keys, so that this is the text that was written.
  if (checksum !== sha256(JSON.stringify(rest)))
    throw new UnusableCheckpoint('the checksum of its JSON does not match');
  const parsed = recordSchema.safeParse(rest);
  if (!parsed.success)
    throw new UnusableCheckpoint(
      `its JSON is of another version of Fathom: ${z.prettifyError(parsed.error)}`,
    );
  if (parsed.data.step !== step) throw new UnusableCheckpoint(`its JSON is that of step ${parsed.data.step}`);
  return parsed.data;
}

function parseObject(text: string): Record<string, unknown> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  } catch (error) {
    throw new UnusableCheckpoint(`its JSON is damaged (${text.length} characters)`, { cause: error });
  }
}
