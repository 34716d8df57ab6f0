import type { Architecture } from '../architecture/architecture';
import { ConfigurationError } from '../configuration-error';

/** Parts of a network, which `frozenStages` counts: the stem and its stages. */
export const countParts = ({ blocks }: Pick<Architecture, 'blocks'>): number =>
  1 + Math.max(0, ...blocks.map(({ name }) => stageOf(name) ?? 0));

/**
 * Which layers are not trained: part 1 is the stem (`conv1`, `bn1`), part 2 `layer1`, and so on. The dense layer always
 * is.
 *
 * @param frozenStages how many parts, from the input
 * @returns whether the layer of a name such as `layer2.0.conv1` is frozen
 * @throws ConfigurationError where the network has fewer parts
 */
export function frozenLayers(
  architecture: Pick<Architecture, 'blocks'>,
  frozenStages: number,
): (layer: string) => boolean {
  const parts = countParts(architecture);
  if (frozenStages > parts)
    throw new ConfigurationError(
      'frozenStages',
      frozenStages,
      `0 to ${String(parts)} (the stem and ${String(parts - 1)} stages)`,
    );
  return (layer) => {
    if (layer === 'fc') return false;
    return (stageOf(layer) ?? 0) < frozenStages;
  };
}

/** 2 of `layer2.0.conv1`. */
function stageOf(layer: string): number | undefined {
  const [, stage] = /^layer(\d+)\./.exec(layer) ?? [];
  return stage === undefined ? undefined : Number(stage);
}
