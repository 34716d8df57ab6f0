import { sweepDetailSchema, type SweepDetail } from '@fathom/contracts';
import { eq, lt } from 'drizzle-orm';
import type { Database } from '../database';
import { idempotencyKeys } from '../schema';

/** What a key was used for. */
export interface Answered {
  readonly requestHash: string;
  readonly answer: SweepDetail;
}

export type Claim = { readonly isNew: true } | ({ readonly isNew: false } & Answered);

export class IdempotencyRepository {
  constructor(private readonly db: Database) {}

  /**
   * Takes the key for this request, or gives what it was answered with before. While another transaction holds the
   * same key, this waits for it to end.
   */
  async claim(key: string, requestHash: string, sweepId: string, createdAt: Date): Promise<Claim> {
    const inserted = await this.db
      .insert(idempotencyKeys)
      .values({ key, requestHash, sweepId, createdAt })
      .onConflictDoNothing()
      .returning({ key: idempotencyKeys.key });
    if (inserted.length > 0) return { isNew: true };
    const answered = await this.find(key);
    // Purged between the two statements: the key is free again.
    return answered ? { isNew: false, ...answered } : this.claim(key, requestHash, sweepId, createdAt);
  }

  async find(key: string): Promise<Answered | undefined> {
    const [row] = await this.db.select().from(idempotencyKeys).where(eq(idempotencyKeys.key, key));
    return row && { requestHash: row.requestHash, answer: sweepDetailSchema.parse(row.response) };
  }

  async saveAnswer(key: string, answer: SweepDetail): Promise<void> {
    await this.db.update(idempotencyKeys).set({ response: answer }).where(eq(idempotencyKeys.key, key));
  }

  async purge(before: Date): Promise<void> {
    await this.db.delete(idempotencyKeys).where(lt(idempotencyKeys.createdAt, before));
  }
}
