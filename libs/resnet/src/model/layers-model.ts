import type { Architecture } from '../architecture/architecture';
import type { CheckpointTensor } from '../training/checkpoint';
import { endLayers, EPSILON, layersTopology, type WeightedLayer } from './layers-topology';
import { fromTorchvision } from './torchvision-layout';
import { architectureOf, type TrainedModel } from './trained-model';

/** Names of the files; a program that loads the model is given the first, and finds the second beside it. */
export const layersModelFiles = { topology: 'model.json', weights: 'weights.bin' } as const;

export interface LayersModel {
  /** Contents of `model.json`. */
  readonly topology: object;
  /** Contents of `weights.bin`. */
  readonly weights: Uint8Array;
}

interface LayerWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/**
 * The model in the format that `tf.loadLayersModel` of TensorFlow.js reads, in a browser or elsewhere: float32
 * [batch, size, size, channels] with pixels from 0 to 255 in, probabilities [batch, classes] out. The layer `fc`
 * gives the logits; names of the classes and the image size are in the user-defined metadata.
 */
export function layersModel({ facts, tensors }: TrainedModel): LayersModel {
  const architecture = architectureOf(facts);
  const { layers, weighted } = layersTopology(architecture);
  const variables = fromTorchvision(architecture, tensors).tensors;
  const weights = weighted.flatMap((layer) => weightsOf(layer, architecture, facts.input, variables));
  const config = {
    name: `resnet${String(architecture.depth)}`,
    layers,
    input_layers: [[endLayers.input, 0, 0]],
    output_layers: [[endLayers.output, 0, 0]],
  };
  return {
    topology: {
      format: 'layers-model',
      generatedBy: 'Fathom',
      convertedBy: null,
      modelTopology: { class_name: 'Model', config, keras_version: '2.1.6', backend: 'tensor_flow.js' },
      weightsManifest: [
        {
          paths: [layersModelFiles.weights],
          weights: weights.map(({ name, shape }) => ({ name, shape, dtype: 'float32' })),
        },
      ],
      userDefinedMetadata: { classes: facts.classes, imageSize: facts.input.imageSize },
    },
    weights: joined(weights.map(({ data }) => data)),
  };
}

/** In the order in which tf.layers declares the weights of a layer. */
function weightsOf(
  { layer, kind, source }: WeightedLayer,
  architecture: Architecture,
  input: TrainedModel['facts']['input'],
  variables: Readonly<Record<string, CheckpointTensor>>,
): LayerWeight[] {
  const variable = (part: string, name: string): LayerWeight => {
    const found = variables[`${source}.${part}`];
    if (!found) throw new RangeError(`the model has no ${source}.${part}`);
    return { name: `${layer}/${name}`, shape: found.shape, data: found.data };
  };
  switch (kind) {
    case 'convolution':
      return [variable('weight', 'kernel')];
    case 'normalisation':
      return [
        variable('weight', 'gamma'),
        variable('bias', 'beta'),
        variable('running_mean', 'moving_mean'),
        variable('running_var', 'moving_variance'),
      ];
    case 'dense':
      return [variable('weight', 'kernel'), variable('bias', 'bias')];
    case 'pixels': {
      const { channels, mean, std } = input;
      const vector = (name: string, values: readonly number[]): LayerWeight => ({
        name: `${layer}/${name}`,
        shape: [channels],
        data: Float32Array.from(values),
      });
      // (x - 255 mean) / (255 std), which is (x / 255 - mean) / std.
      return [
        vector(
          'gamma',
          std.map((value) => 1 / (255 * value)),
        ),
        vector(
          'beta',
          std.map(() => 0),
        ),
        vector(
          'moving_mean',
          mean.map((value) => 255 * value),
        ),
        vector(
          'moving_variance',
          std.map(() => 1 - EPSILON),
        ),
      ];
    }
    case 'zero-pad':
      return [{ name: `${layer}/kernel`, ...identityKernel(architecture, source) }];
  }
}

/** [1, 1, in, out]: channel i of the output is channel i of the input, and 0 beyond. */
function identityKernel({ blocks }: Architecture, name: string): Pick<LayerWeight, 'shape' | 'data'> {
  const block = blocks.find((candidate) => candidate.name === name);
  if (!block) throw new RangeError(`the network has no block ${name}`);
  const { inputs, outputs } = block;
  const data = new Float32Array(inputs * outputs);
  for (let channel = 0; channel < inputs; channel++) data[channel * outputs + channel] = 1;
  return { shape: [1, 1, inputs, outputs], data };
}

function joined(parts: readonly Float32Array[]): Uint8Array {
  const all = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return new Uint8Array(all.buffer);
}
