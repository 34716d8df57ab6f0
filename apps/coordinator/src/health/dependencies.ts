import { ProblemError } from '../http/problem-error';

/** redisPolicy: Redis evicts no keys, which would lose jobs. */
export type DependencyName = 'redis' | 'redisPolicy' | 'postgres';

const DEADLINE_MS = 800;
/** An answer is good for this long, so that a burst of requests asks once. */
const FRESH_MS = 200;

const titles: Record<DependencyName, string> = {
  redis: 'Redis',
  redisPolicy: "Redis's eviction policy",
  postgres: 'PostgreSQL',
};

interface Probe {
  readonly result: Promise<void>;
  readonly startedAt: number;
}

/** Asks Redis and PostgreSQL whether they answer, with a deadline. */
export class Dependencies {
  private readonly probes = new Map<DependencyName, Probe>();

  constructor(private readonly pings: Record<DependencyName, () => Promise<void>>) {}

  /** Resolves if the dependency answered just now; rejects within a second otherwise. */
  probe(name: DependencyName): Promise<void> {
    const last = this.probes.get(name);
    if (last && performance.now() - last.startedAt < FRESH_MS) return last.result;
    const result = withDeadline(this.pings[name](), `${titles[name]} did not answer in time`);
    // Whoever asks gets the rejection; nobody may be asking any more.
    result.catch(() => undefined);
    this.probes.set(name, { result, startedAt: performance.now() });
    return result;
  }

  /** @throws ProblemError dependency-unavailable, naming all that do not answer */
  async require(names: readonly DependencyName[]): Promise<void> {
    const results = await Promise.allSettled(names.map((name) => this.probe(name)));
    const away = names.filter((_, index) => results[index]?.status === 'rejected');
    if (away.length > 0)
      throw new ProblemError(
        'dependency-unavailable',
        `${away.map((name) => titles[name]).join(' and ')} cannot be reached or used; try again`,
      );
  }
}

async function withDeadline(work: Promise<void>, message: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(message));
    }, DEADLINE_MS);
  });
  try {
    await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
