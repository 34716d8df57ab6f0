import type { GradientRules } from '../gradient-rule';
import { functionGradients } from '../fused';
import { activationGradients } from './activation';
import { arithmeticGradients } from './arithmetic';
import { batchNormGradients } from './batch-norm';
import { convolutionGradients } from './convolution';
import { denseGradients } from './dense';
import { lossGradients } from './loss';
import { meanGradients } from './mean';
import { poolingGradients } from './pooling';
import { shapeGradients } from './shape';
import { sliceGradients } from './slice';
import { sumGradients } from './sum';

/** The gradient rule of every differentiable op of this library. */
export const gradientRules: GradientRules = {
  ...activationGradients,
  ...arithmeticGradients,
  ...batchNormGradients,
  ...convolutionGradients,
  ...denseGradients,
  ...functionGradients,
  ...lossGradients,
  ...meanGradients,
  ...poolingGradients,
  ...shapeGradients,
  ...sliceGradients,
  ...sumGradients,
};
