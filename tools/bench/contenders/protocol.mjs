// The contender's side: say that it is ready, train on command, end with standard input.
import { createInterface } from 'node:readline';

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

/**
 * @param {object} facts what to say once
 * @param {(count: number) => Promise<{ steps: number, loss: number }> | { steps: number, loss: number }} train
 *   runs `count` steps, or a few more where steps come in groups
 * @param {{ warmup: number }} options steps before the first measurement
 */
export async function serve(facts, train, { warmup }) {
  const timed = async (count) => {
    const began = performance.now();
    const { steps, loss } = await train(count);
    return { ms: performance.now() - began, steps, loss };
  };
  const first = await timed(1);
  let last = first;
  for (let done = first.steps; done < warmup; done += last.steps) last = await timed(1);
  say({ ready: true, ...facts, firstMs: first.ms, stepMs: last.ms / last.steps });
  for await (const line of createInterface({ input: process.stdin })) {
    const [, count] = /^steps (\d+)$/.exec(line) ?? [];
    if (count !== undefined) say(await timed(Number(count)));
  }
  process.exit(0);
}
