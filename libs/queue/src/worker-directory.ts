import { announcementSchema, type WorkerFacts } from '@fathom/contracts';
import { FailFastRedis, type FailFastOptions } from './fail-fast-redis';
import { POOLS, WORKERS } from './keys';
import { parseJson } from './parse-json';

/** A worker that has not been heard of for so long is gone. */
const ALIVE_MS = 15_000;
/** One that has not been heard of for so long is forgotten. */
const FORGET_MS = 24 * 3_600_000;

/** The workers that there are now, by the clock of Redis. Calls fail at once while Redis is away. */
export class WorkerDirectory {
  private readonly connection: FailFastRedis;

  constructor(options: FailFastOptions) {
    this.connection = new FailFastRedis(options, 'fathom-workers');
  }

  /** Says that the worker is there; to be repeated every few seconds. */
  async announce(facts: WorkerFacts): Promise<void> {
    const at = await this.now();
    await this.connection.run((redis) => redis.hset(WORKERS, facts.worker, JSON.stringify({ at, facts })));
    await this.connection.run((redis) => redis.sadd(POOLS, facts.pool));
  }

  /** Says that the worker takes no more trials. */
  async leave(worker: string): Promise<void> {
    await this.connection.run((redis) => redis.hdel(WORKERS, worker));
  }

  /** Those heard of in the last 15 seconds, by name. */
  async live(): Promise<WorkerFacts[]> {
    const [now, entries] = [await this.now(), await this.connection.run((redis) => redis.hgetall(WORKERS))];
    const heard = Object.entries(entries).map(([worker, text]) => ({
      worker,
      said: parseJson(announcementSchema, text),
    }));
    // What cannot be read a worker of another version said; where it lives it will say it again.
    const forgotten = heard.filter(({ said }) => said === undefined || said.at < now - FORGET_MS);
    if (forgotten.length > 0)
      await this.connection.run((redis) => redis.hdel(WORKERS, ...forgotten.map(({ worker }) => worker)));
    return heard
      .flatMap(({ said }) => (said === undefined || said.at < now - ALIVE_MS ? [] : [said.facts]))
      .sort((a, b) => (a.worker < b.worker ? -1 : 1));
  }

  /** Every pool that ever had a worker, by name. */
  async pools(): Promise<string[]> {
    return (await this.connection.run((redis) => redis.smembers(POOLS))).sort();
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  private async now(): Promise<number> {
    const [seconds, microseconds] = await this.connection.run((redis) => redis.time());
    return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
  }
}
