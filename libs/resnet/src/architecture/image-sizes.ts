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
export const imageSizeAt = (config: ResizingConfig, imageSize: number, epoch: number): number =>
  phasesOf(config, imageSize).find(({ until }) => epoch < until)?.size ?? imageSize;

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
  const counts = new Map<number, number>();
  let begin = 0;
  for (const { size, until } of phasesOf(config, imageSize)) {
    const epochs = Math.min(to, until) - Math.max(from, begin);
    if (epochs > 0) counts.set(size, (counts.get(size) ?? 0) + epochs);
    begin = until;
  }
  return counts;
}

/** The same network on images of another size, such as it is trained on before they have their own. */
export const architectureAt = (
  config: ArchitectureConfig,
  architecture: Architecture,
  size: number,
): Architecture => {
  const { imageSize, channels, classes, family, block } = architecture;
  if (size === imageSize) return architecture;
  return resolveArchitecture({ ...config, family, block }, { imageSize: size, channels, classes });
};

interface Phase {
  readonly size: number;
  /** How many epochs are done at its end. */
  readonly until: number;
}

/** One after the other; neighbours may have the same size, and the first ones no epochs. */
function phasesOf(
  { epochs, initialScale, fullSizeFraction }: ResizingConfig,
  imageSize: number,
): readonly Phase[] {
  const resized = Math.min(epochs - 1, Math.round(epochs * (1 - fullSizeFraction)));
  return [
    { size: scaledSize(imageSize, initialScale), until: Math.ceil(resized / 2) },
    { size: scaledSize(imageSize, (initialScale + 1) / 2), until: resized },
    { size: imageSize, until: Infinity },
  ];
}

/** The nearest size at which a network has whole pixels in most stages, and not above the full one. */
function scaledSize(imageSize: number, scale: number): number {
  if (scale === 1) return imageSize;
  const step = imageSize <= SMALL_SIZE ? 4 : 32;
  return Math.min(imageSize, Math.max(step, Math.round((scale * imageSize) / step) * step));
}
