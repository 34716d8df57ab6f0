import type { TrainingConfig } from './training-config';

/** What says which network is built; everything else of a configuration is about its training. */
const networkOf = ({ depth, variant, family, block, shortcut, width, stages }: TrainingConfig) =>
  [depth, variant, family, block, shortcut, width, stages] as const;

/** The same for configurations of the same network. */
export const networkKey = (config: TrainingConfig): string => JSON.stringify(networkOf(config));

/** The same for configurations whose trainings take the same memory where they have the same images and micro-batch. */
export const trainingMemoryKey = (config: TrainingConfig): string =>
  JSON.stringify([
    ...networkOf(config),
    config.precision,
    config.optimizer,
    config.emaDecay > 0,
    config.initialScale < 1,
  ]);
