import { logLineSchema, MAX_LOG_BYTES, type LogChunk, type TrialLogLine } from '@fathom/contracts';
import { and, asc, desc, eq, gte, inArray, lt, sql } from 'drizzle-orm';
import type { Database } from '../database';
import { trialLogs } from '../schema';

/** A line of a chunk; chunks are counted over all trials, lines from 0. */
export interface LogPosition {
  readonly chunk: bigint;
  readonly line: number;
}

export interface LogSelection {
  /** Fence of the attempt; absent: all. */
  readonly attempt?: number | undefined;
}

/** Read at once. */
const PAGE = 50;
/** Dropped at once: chunks have up to ten kilobytes, and a statement that runs into its timeout has dropped none. */
const DROPPED_AT_ONCE = 1_000;

export class TrialLogRepository {
  constructor(private readonly db: Database) {}

  /** Chunks that are there already, or of trials that are not, change nothing. Of each attempt the newest part is kept. */
  async append(chunks: readonly LogChunk[], now: Date): Promise<void> {
    if (chunks.length === 0) return;
    await this.db.execute(sql`
      insert into trial_logs (trial_id, attempt_id, fence, seq, end_offset, lines, created_at)
      select c."trialId", c."attemptId", c.fence, c.seq, c."endOffset", c.lines, ${now.toISOString()}::timestamptz
      from jsonb_to_recordset(${JSON.stringify(chunks)}::jsonb)
        as c("trialId" uuid, "attemptId" uuid, fence int, seq int, "endOffset" bigint, lines jsonb)
      where exists (select 1 from trials where id = c."trialId")
      order by c."attemptId", c.seq
      on conflict do nothing`);
    for (const [attemptId, end] of endsOf(chunks))
      if (end > MAX_LOG_BYTES)
        await this.db
          .delete(trialLogs)
          .where(and(eq(trialLogs.attemptId, attemptId), lt(trialLogs.endOffset, end - MAX_LOG_BYTES)));
  }

  /** Lines after a position, from the beginning where there is none; a page of them, none where there is nothing more. */
  async after(
    trialId: string,
    position: LogPosition | undefined,
    { attempt }: LogSelection = {},
  ): Promise<TrialLogLine[]> {
    const rows = await this.db
      .select()
      .from(trialLogs)
      .where(
        and(
          eq(trialLogs.trialId, trialId),
          position === undefined ? undefined : gte(trialLogs.id, position.chunk),
          attempt === undefined ? undefined : eq(trialLogs.fence, attempt),
        ),
      )
      .orderBy(asc(trialLogs.id))
      .limit(PAGE);
    const lines = rows.flatMap(linesOf);
    if (position === undefined || rows[0]?.id !== position.chunk) return lines;
    return lines.slice(position.line + 1);
  }

  /** Where the last `count` lines begin: the position before them; undefined: at the beginning of the log. */
  async beforeLast(
    trialId: string,
    count: number,
    { attempt }: LogSelection = {},
  ): Promise<LogPosition | undefined> {
    let missing = count;
    for (let offset = 0; ; offset += PAGE) {
      const rows = await this.db
        .select({ id: trialLogs.id, size: sql<number>`jsonb_array_length(${trialLogs.lines})` })
        .from(trialLogs)
        .where(
          and(
            eq(trialLogs.trialId, trialId),
            attempt === undefined ? undefined : eq(trialLogs.fence, attempt),
          ),
        )
        .orderBy(desc(trialLogs.id))
        .limit(PAGE)
        .offset(offset);
      for (const { id, size } of rows) {
        if (size > missing) return { chunk: id, line: size - missing - 1 };
        missing -= size;
      }
      if (rows.length < PAGE) return undefined;
    }
  }

  /** @returns how many chunks went */
  async dropBefore(time: Date): Promise<number> {
    const old = this.db
      .select({ id: trialLogs.id })
      .from(trialLogs)
      .where(lt(trialLogs.createdAt, time))
      .orderBy(asc(trialLogs.createdAt))
      .limit(DROPPED_AT_ONCE);
    for (let dropped = 0; ;) {
      const { rowCount } = await this.db.delete(trialLogs).where(inArray(trialLogs.id, old));
      dropped += rowCount ?? 0;
      if ((rowCount ?? 0) < DROPPED_AT_ONCE) return dropped;
    }
  }
}

/** By attempt, how long its log is. */
function endsOf(chunks: readonly LogChunk[]): Map<string, number> {
  const ends = new Map<string, number>();
  for (const { attemptId, endOffset } of chunks)
    ends.set(attemptId, Math.max(endOffset, ends.get(attemptId) ?? 0));
  return ends;
}

const linesOf = ({ id, fence, lines }: typeof trialLogs.$inferSelect): TrialLogLine[] =>
  logLineSchema
    .array()
    .parse(lines)
    .map((line, index) => ({ cursor: `${String(id)}.${String(index)}`, attempt: fence, ...line }));
