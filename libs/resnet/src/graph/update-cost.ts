import type { TrainingConfig } from '@fathom/contracts';
import { orthogonaliseMacs } from '@fathom/graph';
import { convolutionsOf, type Architecture } from '../architecture/architecture';

/** Multiply-accumulates of an optimiser step beside its passes over images: the matrix products of Muon. */
export function countUpdateMacs(
  architecture: Architecture,
  { optimizer }: Pick<TrainingConfig, 'optimizer'>,
): number {
  if (optimizer !== 'muon') return 0;
  const each = convolutionsOf(architecture).map(({ kernel, inputs, outputs }) =>
    orthogonaliseMacs([kernel * kernel * inputs, outputs]),
  );
  return each.reduce((sum, macs) => sum + macs, 0);
}
