import type { SweepSpecInput } from '@fathom/contracts';

/** Each of two optimisers has a parameter of its own. */
export const conditionalSpace: SweepSpecInput['space'] = {
  depth: [8, 14, 20],
  optimizer: ['sgd', 'adamw'],
  learningRate: { min: 0.001, max: 1, scale: 'log' },
  momentum: { min: 0.5, max: 0.99, when: { optimizer: ['sgd'] } },
  adamBeta1: { min: 0.5, max: 0.99, when: { optimizer: ['adamw'] } },
};

/** Epochs that one of two optimisers alone has; the other's trials have those of the recipe. */
export const conditionalEpochs = {
  optimizer: ['sgd', 'adamw'],
  epochs: { values: [5, 30], when: { optimizer: ['sgd'] } },
} satisfies SweepSpecInput['space'];

export const twoObjectives: Partial<SweepSpecInput> = { furtherObjectives: [{ metric: 'trainSeconds' }] };

/** Searches that learn or draw, with a seed. */
export type SeededSearch = Extract<SweepSpecInput['search'], { algorithm: 'tpe' | 'random' | 'nsga-ii' }>;
