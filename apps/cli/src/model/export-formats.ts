import { modelFiles } from '@fathom/contracts';
import { encodeSafetensors } from '@fathom/safetensors';
import { layersModel, layersModelFiles, servingGraph, type TrainedModel } from '@fathom/resnet';

export interface ExportFormat {
  /** For a person: who reads it. */
  readonly purpose: string;
  /** Contents by file name. */
  readonly files: (model: TrainedModel) => Readonly<Record<string, Uint8Array | string>>;
}

/** What `fathom export` can write, by the name its `--format` takes. */
export const exportFormats = {
  'saved-model': {
    purpose: 'a TensorFlow SavedModel for TensorFlow Serving and Python',
    files: (model) => ({
      'saved_model.pb': servingGraph(model),
      // Where TensorFlow looks for nothing, but people do.
      'assets.extra/classes.txt': lines(model.facts.classes),
    }),
  },
  'tfjs-layers': {
    purpose: 'a tf.layers model for TensorFlow.js in a browser',
    files: (model) => {
      const { topology, weights } = layersModel(model);
      return {
        [layersModelFiles.topology]: `${JSON.stringify(topology)}\n`,
        [layersModelFiles.weights]: weights,
      };
    },
  },
  safetensors: {
    purpose: "weights with torchvision's names and layout for PyTorch",
    files: ({ tensors, facts }) => ({
      [modelFiles.weights]: encodeSafetensors(tensors, { format: 'pt' }),
      'classes.txt': lines(facts.classes),
    }),
  },
} as const satisfies Readonly<Record<string, ExportFormat>>;

export type ExportFormatName = keyof typeof exportFormats;

const lines = (names: readonly string[]): string => names.map((name) => `${name}\n`).join('');
