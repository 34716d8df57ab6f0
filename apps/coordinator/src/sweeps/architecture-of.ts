import type { TrainingConfig } from '@fathom/contracts';
import { resolveArchitecture, type Architecture } from '@fathom/resnet';

/** Only a worker may know the data set; what the coordinator asks of a network hardly depends on these. */
const anyImages = { channels: 3, classes: 10 };

/**
 * The network of a configuration, for images of this size.
 *
 * @throws ArchitectureError where there is none
 */
export const architectureOf = (config: TrainingConfig, imageSize: number): Architecture =>
  resolveArchitecture(config, { imageSize, ...anyImages });
