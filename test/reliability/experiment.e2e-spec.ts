import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../../libs/search/src/random';
import { runExperiment, startExperimentWorker, TRIALS, type ExperimentResult } from './experiment';
import type { Killable } from './killable';
import { keepResults, settings } from './settings';
import { useKillableStack } from './use-killable-stack';

const ALL_EPOCHS = 15;
const EPOCH_MS = settings.isWhole ? 150 : 80;
const LOCK_MS = settings.isWhole ? 5_000 : 1_000;
const CLOCK_JUMP_MS = 2 * 3_600_000;
const points = (few: number): number => (settings.isWhole ? 20 : few);
const results: { process: string; what: string; atMs: number; result: ExperimentResult }[] = [];

jest.setTimeout(settings.isWhole ? 1_200_000 : 120_000);

describe('8 trials, ASHA stopping, one slot', () => {
  const clock = {
    NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --require=${join(__dirname, 'clock-jump.cjs')}`,
    FATHOM_TEST_CLOCK_JUMP_MS: String(CLOCK_JUMP_MS),
  };
  const stack = useKillableStack({ coordinators: 1, coordinatorEnv: clock });
  const random = Random.seeded(settings.seed);
  let worker: Killable;
  let undisturbed: ExperimentResult;

  beforeAll(async () => {
    worker = await startExperimentWorker(stack, { epochMs: EPOCH_MS, lockMs: LOCK_MS }, clock);
  });
  afterAll(() => keepResults(results));

  it('trains 15 epochs and says why', async () => {
    undisturbed = await runExperiment(stack);
    expect(countsOf(undisturbed).inAll).toBe(ALL_EPOCHS);
    expect(undisturbed.epochs).toEqual([8, 1, 1, 1, 1, 1, 1, 1]);
    expect(undisturbed.states).toEqual(['completed', ...Array<string>(TRIALS - 1).fill('stopped')]);
    expect(undisturbed.agrees).toBe(true);
    expect(undisturbed.decisions.filter(({ action }) => action === 'stopTrial')).toHaveLength(TRIALS - 1);
    results.push({ process: 'none', what: 'undisturbed', atMs: 0, result: undisturbed });
  });

  /** The same again, with something happening to a process at a point that the seed says. */
  async function disturbed(process: Killable, what: string, act: () => void | Promise<void>): Promise<void> {
    const atMs = Math.round(random.uniform() * undisturbed.seconds * 1_000);
    const result = await runExperiment(stack, async () => {
      await sleep(atMs);
      await act();
    });
    results.push({ process: process.name, what, atMs, result });
    const point = `${what} of the ${process.name} after ${String(atMs)} ms`;
    expect({ point, ...countsOf(result) }).toEqual({ point, ...countsOf(undisturbed) });
  }

  it.each([
    ['coordinator', points(5), () => stack.coordinators[0]!],
    ['worker', points(2), () => worker],
    ['Redis', points(2), () => stack.redis],
    ['PostgreSQL', points(2), () => stack.postgres],
  ])('does the same with the %s killed at any of %i points', async (_name, count, victim) => {
    for (let i = 0; i < count; i++) await disturbed(victim(), 'SIGKILL', () => victim().replace());
  });

  it('does the same where the clock of the coordinator or the worker jumps ahead and back', async () => {
    for (const process of [stack.coordinators[0]!, stack.coordinators[0]!, worker, worker])
      await disturbed(process, 'clock jump', () => process.signal('SIGUSR2'));
  });

  it('has no process that ended by itself', () => {
    const all = [...stack.coordinators, stack.redis, stack.postgres, worker];
    expect(all.flatMap(({ faults }) => faults)).toEqual([]);
  });
});

/** What must not depend on when a process dies. */
const countsOf = ({ decisions, epochs, states, agrees }: ExperimentResult) => ({
  decisions,
  epochs,
  inAll: epochs.reduce((sum, count) => sum + count, 0),
  states,
  agrees,
});
