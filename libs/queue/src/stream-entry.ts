import { violationsOf } from '@fathom/contracts';
import type { z } from 'zod';

/** As Redis returns it: id, and names and values in turn. */
export type StreamEntry = [id: string, fields: string[] | null];

/** What the entries of a stream hold: a field with JSON. */
export interface EntryShape<T> {
  readonly field: string;
  readonly schema: z.ZodType<T>;
}

export interface LiveEntry<T> {
  readonly id: string;
  readonly value: T;
}
export interface DeadEntry {
  readonly id: string;
  readonly reason: string;
  readonly content: string;
}

const MAX_CONTENT = 10_000;

export function parseEntry<T>(
  { field, schema }: EntryShape<T>,
  [id, fields]: StreamEntry,
): LiveEntry<T> | DeadEntry {
  const content = JSON.stringify(fields ?? []).slice(0, MAX_CONTENT);
  const text = fields?.[0] === field ? fields[1] : undefined;
  if (text === undefined) return { id, reason: `the entry has no field "${field}"`, content };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { id, reason: `the ${field} is not valid JSON`, content };
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return { id, value: parsed.data };
  const reason = violationsOf(parsed.error).map((violation) => `${violation.path}: ${violation.message}`);
  return { id, reason: reason.join('; '), content };
}
