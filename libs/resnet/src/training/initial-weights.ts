import type { TrainingConfig } from '@fathom/contracts';
import type { SafeTensor } from '@fathom/safetensors';
import type { Architecture } from '../architecture/architecture';
import { ConfigurationError } from '../configuration-error';
import { fromTorchvision, type ImportedState } from '../model/torchvision-layout';
import type { NetworkSession } from './network-session';

/**
 * The weights that a training starts from instead of random ones. A dense layer for another number of classes is left
 * out: the network gets a new one.
 *
 * @param given by torchvision's names, in torchvision's layout
 * @throws ConfigurationError naming the first tensor that does not fit, or where the configuration wants weights and
 *   none are given
 */
export function initialWeights(
  architecture: Architecture,
  { initialWeights: path }: Pick<TrainingConfig, 'initialWeights'>,
  given: Readonly<Record<string, SafeTensor>> | undefined,
): ImportedState | undefined {
  if (given) return fromTorchvision(architecture, given, { newHead: true });
  if (path === '') return undefined;
  throw new ConfigurationError('initialWeights', path, 'a path whose weights are given to the training');
}

/** Replaces the values that a network was initialised with, and those that its moving averages start from. */
export function startFrom(network: NetworkSession, { tensors }: ImportedState): void {
  const started = Object.entries(network.snapshot()).map(
    ([name, random]) => [name, tensors[name.replace(/\.ema$/, '')] ?? random] as const,
  );
  network.restore({ step: 0, state: {}, tensors: Object.fromEntries(started) });
}
