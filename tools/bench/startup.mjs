// From the start of a process to the end of its first step: Node.js, TensorFlow, the graph, initial weights, one step;
// and what the steps after it take, to tell how much of that is starting.
import { ContenderProcess } from './contender-process.mjs';
import { contenderOf } from './contenders.mjs';
import { caseOf } from './cases.mjs';
import { median } from './statistics.mjs';

const STARTS = 3;
const STEPS = 3;
export const startupCases = ['resnet20', 'resnet152'];

/** @returns {Promise<{ title: string, precision: string, ms: number[], stepMs: number[] }[]>} of each start */
export async function measureStartup({ precisions, machine, say }) {
  const results = [];
  for (const name of startupCases)
    for (const precision of precisions) {
      const benchCase = caseOf(name);
      const { depth, imageSize, batchSize, classes, parameters } = benchCase;
      const job = { depth, imageSize, batchSize, classes, parameters, precision, warmup: 1 };
      const ms = [];
      const stepMs = [];
      for (let i = 0; i < STARTS; i++) {
        const began = performance.now();
        const started = await ContenderProcess.start(contenderOf('fathom'), job, machine);
        ms.push(performance.now() - began);
        const after = await started.steps(STEPS);
        stepMs.push(after.ms / after.steps);
        await started.end();
      }
      say(
        `${name}, ${precision}: ${ms.map((each) => (each / 1000).toFixed(2)).join(', ')} s from start to first step, ` +
          `of which a step is ${(median(stepMs) / 1000).toFixed(2)} s`,
      );
      results.push({ title: benchCase.title, precision, ms, stepMs });
    }
  return results;
}
