import { reportSchema, violationsOf, type Report } from '@fathom/contracts';

/** As Redis returns it: id, and names and values in turn. */
export type StreamEntry = [id: string, fields: string[] | null];

export interface LiveEntry {
  readonly id: string;
  readonly report: Report;
}
export interface DeadEntry {
  readonly id: string;
  readonly reason: string;
  readonly content: string;
}

const MAX_CONTENT = 10_000;

export function parseEntry([id, fields]: StreamEntry): LiveEntry | DeadEntry {
  const content = JSON.stringify(fields ?? []).slice(0, MAX_CONTENT);
  const text = fields?.[0] === 'report' ? fields[1] : undefined;
  if (text === undefined) return { id, reason: 'the entry has no field "report"', content };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { id, reason: 'the report is not valid JSON', content };
  }
  const parsed = reportSchema.safeParse(value);
  if (parsed.success) return { id, report: parsed.data };
  const reason = violationsOf(parsed.error).map((violation) => `${violation.path}: ${violation.message}`);
  return { id, reason: reason.join('; '), content };
}
