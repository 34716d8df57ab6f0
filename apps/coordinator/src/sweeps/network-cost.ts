import { networkKey, type TrainingConfig } from '@fathom/contracts';
import { architectureAt, countMacs, countParameters, countUpdateMacs, summariseLayers } from '@fathom/resnet';
import type { NetworkCost } from '@fathom/search';
import { architectureOf } from './architecture-of';

/** Networks whose costs are kept. */
const MAX_KEPT = 2_000;
const BYTES = 4;

const kept = new Map<string, NetworkCost>();

/**
 * Counted once for each network and optimiser: a sweep asks for the same few thousands of times.
 *
 * @param imageSize that the network is for @param size of the images that go through it
 */
export function networkCost(config: TrainingConfig, imageSize: number, size = imageSize): NetworkCost {
  const key = [networkKey(config), imageSize, size, config.optimizer].join(' ');
  const found = kept.get(key) ?? countedCost(config, imageSize, size);
  if (kept.size >= MAX_KEPT) kept.clear();
  kept.set(key, found);
  return found;
}

function countedCost(config: TrainingConfig, imageSize: number, size: number): NetworkCost {
  const architecture = architectureAt(config, architectureOf(config, imageSize), size);
  const outputs = summariseLayers(architecture).map(({ outputShape }) =>
    outputShape.reduce<number>((product, size) => product * size, 1),
  );
  return {
    macs: countMacs(architecture),
    activationBytes: BYTES * outputs.reduce((sum, size) => sum + size, 0),
    parameters: countParameters(architecture),
    updateMacs: countUpdateMacs(architecture, config),
  };
}
