import type { FinalMetrics, ModelFacts, TrainingConfig } from '@fathom/contracts';
import type { SafeTensor } from '@fathom/safetensors';
import { resolveArchitecture, type Architecture } from '../architecture/architecture';
import { ConfigurationError } from '../configuration-error';
import type { CheckpointTensor } from '../training/checkpoint';
import { toTorchvision } from './torchvision-layout';

/** A network that can leave: what a model folder holds. */
export interface TrainedModel {
  readonly facts: ModelFacts;
  /** By torchvision's names, in torchvision's layout. */
  readonly tensors: Readonly<Record<string, SafeTensor>>;
}

export interface TrainedState {
  readonly config: TrainingConfig;
  readonly architecture: Architecture;
  readonly classes: readonly string[];
  readonly metrics: FinalMetrics;
  /** Optimiser steps done. */
  readonly step: number;
  /** Every variable of the training graph. */
  readonly variables: Readonly<Record<string, CheckpointTensor>>;
}

/**
 * The model of a training as it stands: with the moving averages of the weights where the configuration keeps them,
 * because those are what was evaluated.
 */
export function trainedModel({
  config,
  architecture,
  classes,
  metrics,
  step,
  variables,
}: TrainedState): TrainedModel {
  const { depth, variant, family, block, shortcut, width, stages } = config;
  const { imageSize, channels } = architecture;
  return {
    facts: {
      architecture: { depth, variant, family, block, shortcut, width, stages },
      input: {
        imageSize,
        channels,
        mean: perChannel(variables, 'input.mean', channels),
        std: perChannel(variables, 'input.std', channels),
      },
      classes: [...classes],
      metrics: given(metrics),
    },
    tensors: toTorchvision(architecture, withAverages(variables), { steps: step }),
  };
}

/**
 * The network a model is of.
 *
 * @throws ArchitectureError where there is no such network
 */
export const architectureOf = ({ architecture, input, classes }: ModelFacts): Architecture =>
  resolveArchitecture(architecture, {
    imageSize: input.imageSize,
    channels: input.channels,
    classes: classes.length,
  });

const given = (metrics: FinalMetrics): ModelFacts['metrics'] =>
  Object.fromEntries(
    Object.entries(metrics).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );

/** The moving average in place of each variable that has one; frozen ones have none. */
const withAverages = (variables: TrainedState['variables']): TrainedState['variables'] =>
  Object.fromEntries(
    Object.entries(variables).map(([name, variable]) => [name, variables[`${name}.ema`] ?? variable]),
  );

function perChannel(variables: TrainedState['variables'], name: string, channels: number): number[] {
  const variable = variables[name];
  if (variable?.data.length !== channels)
    throw new ConfigurationError(`variable ${name}`, variable?.shape.join(), `shape [${String(channels)}]`);
  return [...variable.data];
}
