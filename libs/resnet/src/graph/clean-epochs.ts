import type { TrainingConfig } from '@fathom/contracts';

export type CleaningConfig = Pick<TrainingConfig, 'epochs' | 'cleanFraction' | 'cutout' | 'mixup'>;

/** Whether the last epochs are without a cutout or mixup that the others have. */
export const endsClean = (config: CleaningConfig): boolean =>
  (config.cutout > 0 || config.mixup > 0) && cleanEpochs(config) > 0;

/**
 * Whether an epoch is one of the last, whose images are neither cut nor mixed, so that the network and the statistics
 * of its batch normalisation end on images as they will be seen (Ge et al. 2021, arXiv 2107.08430, section 2.1: "strong
 * augmentation" is shut off for the last 15 epochs).
 *
 * @param epoch 0 for the first
 */
export const isClean = (config: CleaningConfig, epoch: number): boolean =>
  epoch >= config.epochs - cleanEpochs(config);

const cleanEpochs = ({ epochs, cleanFraction }: CleaningConfig): number => Math.round(epochs * cleanFraction);
