// Plays a sampler of Fathom on an objective, one trial at a time.
import { sweepSpecSchema } from '@fathom/contracts';
import { createSearcher } from '@fathom/search';

const context = { epochCost: () => 1 };

/**
 * @param {object} space of a sweep
 * @param {(values: object) => number[]} evaluate objectives of a configuration
 * @returns {{ values: object, objectives: number[] }[]} trials in order
 */
export function playSampler({ space, algorithm, seed, trials, evaluate, objectives = 1 }) {
  const further = ['validationLoss', 'trainLoss'].slice(0, objectives - 1).map((metric) => ({ metric }));
  const spec = sweepSpecSchema.parse({
    ...{ name: 'bench', dataset: { kind: 'shapes' }, space, furtherObjectives: further },
    // Some samplers need to know all of the network; what the space has is not repeated.
    recipe: space.depth === undefined ? { depth: 20 } : {},
    search: { algorithm, trials, seed, maxConcurrent: 1 },
  });
  const searcher = createSearcher(spec, context);
  const done = [];
  let actions = searcher.handle({ type: 'sweepStarted' });
  for (;;) {
    const next = actions.find((action) => action.type === 'createTrial');
    if (next === undefined) return done;
    const values = evaluate(next.values);
    done.push({ values: next.values, objectives: values });
    actions = searcher.handle({ type: 'trialCompleted', trial: next.trial, objectives: values });
  }
}
