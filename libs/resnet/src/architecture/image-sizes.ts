import type { TrainingConfig } from '@fathom/contracts';
import { resolveArchitecture, type Architecture, type ArchitectureConfig } from './architecture';

export type ResizingConfig = Pick<TrainingConfig, 'epochs' | 'initialScale' | 'fullSizeFraction'>;

/** Up to this size every stage of a network still has whole pixels at multiples of 4; beyond, at multiples of 32. */
const SMALL_SIZE = 64;

/**
 * Pixels per side of the images of an epoch: progressive resizing (Tan and Le 2021, arXiv 2104.00298, section 4; before
 * that fast.ai's). The epochs before those of full size begin at `initialScale` and have the size in the middle from
 * their half on.
 *
 * @param imageSize of the data set @param epoch 0 for the first
 */
export function imageSizeAt(config: ResizingConfig, imageSize: number, epoch: number): number {
  const resized = Math.min(config.epochs - 1, Math.round(config.epochs * (1 - config.fullSizeFraction)));
  if (epoch >= resized) return imageSize;
  const { initialScale } = config;
  return scaledSize(imageSize, epoch < resized / 2 ? initialScale : (initialScale + 1) / 2);
}

/**
 * How many epochs are trained on images of each size, ascending; the last size is that of the data set.
 *
 * @param from how many epochs are done before these @param to and after these; all epochs where both are absent
 */
export function epochsBySize(
  config: ResizingConfig,
  imageSize: number,
  from = 0,
  to = config.epochs,
): ReadonlyMap<number, number> {
  if (config.initialScale === 1) return new Map([[imageSize, to - from]]);
  const counts = new Map<number, number>();
  for (let epoch = from; epoch < to; epoch++) {
    const size = imageSizeAt(config, imageSize, epoch);
    counts.set(size, (counts.get(size) ?? 0) + 1);
  }
  return counts;
}

/** The same network on images of another size, such as it is trained on before they have their own. */
export const architectureAt = (
  config: ArchitectureConfig,
  { channels, classes, family, block }: Architecture,
  size: number,
): Architecture => resolveArchitecture({ ...config, family, block }, { imageSize: size, channels, classes });

/** The nearest size at which a network has whole pixels in most stages, and not above the full one. */
function scaledSize(imageSize: number, scale: number): number {
  const step = imageSize <= SMALL_SIZE ? 4 : 32;
  return Math.min(imageSize, Math.max(step, Math.round((scale * imageSize) / step) * step));
}
