import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { OUTBOX_CHANNEL } from './repositories/outbox-repository';

export interface LeadershipOptions {
  readonly url: string;
  /** Called when this process has become the one that leads. */
  readonly onElected: () => void;
  /** Called when it leads no more: another one may lead already. */
  readonly onLost: () => Promise<void>;
  /** Something has been put into the outbox, by any process. Called while this one leads. */
  readonly onOutbox: () => void;
  /** Told when the database cannot be reached, and why; it is tried again. */
  readonly onError: (error: unknown) => void;
}

// Any constant; it only has to differ from other locks in the same database.
const LEADER_LOCK = 4_207_003;
const RETRY_MS = 1_000;
const HEARTBEAT_MS = 2_000;
const ANSWER_MS = 3_000;
/** The server ends a session that has been silent for so long, and gives its lock to somebody else. */
const SILENCE_MS = 6_000;

/**
 * One process of several leads: the one whose session holds an advisory lock. PostgreSQL frees the lock when the session
 * ends: at once where the process was killed, after {@link SILENCE_MS} where it hangs or its machine is gone.
 */
export class Leadership {
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private leads = false;

  constructor(private readonly options: LeadershipOptions) {}

  get isLeader(): boolean {
    return this.leads;
  }

  start(): void {
    this.running ??= this.run();
  }

  /** Gives the leadership up. Resolves when `onLost` has. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await this.takePart();
      } catch (error) {
        this.options.onError(error);
      }
      await this.pause(RETRY_MS);
    }
  }

  /** Over one session: waits for the lock, leads, and returns when that is over. */
  private async takePart(): Promise<void> {
    const client = new Client({
      connectionString: this.options.url,
      connectionTimeoutMillis: ANSWER_MS,
      query_timeout: ANSWER_MS,
      options: `-c idle_session_timeout=${String(SILENCE_MS)}`,
      application_name: 'fathom-leader',
    });
    // Reported by the next heartbeat; a listener keeps it from ending the process.
    client.on('error', () => undefined);
    client.on('notification', () => {
      if (this.leads) this.options.onOutbox();
    });
    try {
      await client.connect();
      while (!this.stopping.signal.aborted && !(await isLocked(client))) await this.pause(RETRY_MS);
      if (this.stopping.signal.aborted) return;
      await client.query(`listen ${OUTBOX_CHANNEL}`);
      this.leads = true;
      this.options.onElected();
      await this.beat(client);
    } finally {
      if (this.leads) {
        this.leads = false;
        await this.options.onLost();
      }
      await client.end().catch(() => undefined);
    }
  }

  private async beat(client: Client): Promise<void> {
    for (;;) {
      await this.pause(HEARTBEAT_MS);
      if (this.stopping.signal.aborted) return;
      await client.query('select 1');
    }
  }

  private async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}

async function isLocked(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>('select pg_try_advisory_lock($1) as locked', [
    LEADER_LOCK,
  ]);
  return rows[0]?.locked === true;
}
