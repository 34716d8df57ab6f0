// From the start of a process to the end of its first step: Node.js, TensorFlow, the graph, initial weights, one step.
import { ContenderProcess } from './contender-process.mjs';
import { contenderOf } from './contenders.mjs';
import { caseOf } from './cases.mjs';
import { median } from './statistics.mjs';

const STARTS = 3;
export const startupCases = ['resnet20', 'resnet152'];

/** @returns {Promise<{ title: string, precision: string, ms: number[], medianMs: number }[]>} */
export async function measureStartup({ precisions, machine, say }) {
  const results = [];
  for (const name of startupCases)
    for (const precision of precisions) {
      const benchCase = caseOf(name);
      const { depth, imageSize, batchSize, classes, parameters } = benchCase;
      const job = { depth, imageSize, batchSize, classes, parameters, precision, warmup: 1 };
      const ms = [];
      for (let i = 0; i < STARTS; i++) {
        const began = performance.now();
        const started = await ContenderProcess.start(contenderOf('fathom'), job, machine);
        ms.push(performance.now() - began);
        await started.end();
      }
      say(
        `${name}, ${precision}: ${ms.map((each) => (each / 1000).toFixed(2)).join(', ')} s from start to first step`,
      );
      results.push({ title: benchCase.title, precision, ms, medianMs: median(ms) });
    }
  return results;
}
