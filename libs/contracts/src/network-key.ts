import type { TrainingConfig } from './training-config';

/** What says which network is built; everything else of a configuration is about its training. */
const networkOf = ({ depth, variant, family, block, shortcut, width, stages }: TrainingConfig) =>
  [depth, variant, family, block, shortcut, width, stages] as const;

/** The same for configurations of the same network. */
export const networkKey = (config: TrainingConfig): string => JSON.stringify(networkOf(config));

/** Whether it learns from a teacher, which lies in the memory beside it. */
export const isDistilled = ({ teacher, distillWeight }: TrainingConfig): boolean =>
  teacher !== '' && distillWeight > 0;

/** The same for configurations whose trainings take the same memory where they have the same images and micro-batch. */
export const trainingMemoryKey = (config: TrainingConfig): string =>
  JSON.stringify([
    ...networkOf(config),
    config.precision,
    config.optimizer,
    config.emaDecay > 0,
    config.initialScale < 1,
    isDistilled(config) ? config.teacher : '',
  ]);
