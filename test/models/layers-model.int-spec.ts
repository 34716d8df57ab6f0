import { join } from 'node:path';
import { writeNewFolder } from '@fathom/artifacts';
import { layersModel } from '@fathom/resnet';
import { useTempDir } from '@fathom/testkit';
import type * as TensorFlow from '@tensorflow/tfjs';
import { chromiumPath, useBrowser } from './browser';
import { expectClose, logSoftmax, nets, trainNet } from './trained-net';

interface Seen {
  readonly logits: number[][];
  readonly probabilities: number[][];
  readonly metadata: unknown;
}

/** Runs in the page: what its `tf` says of the images. */
async function seenBy({ url, images, size }: { url: string; images: number[]; size: number }): Promise<Seen> {
  const { tf } = globalThis as unknown as { tf: typeof TensorFlow };
  await tf.setBackend('cpu');
  const model = await tf.loadLayersModel(url);
  const withLogits = tf.model({
    inputs: model.inputs,
    outputs: [model.getLayer('fc').output as TensorFlow.SymbolicTensor, ...model.outputs],
  });
  const pixels = tf.tensor4d(images, [images.length / (size * size * 3), size, size, 3], 'float32');
  const [logits, probabilities] = (withLogits.predict(pixels) as TensorFlow.Tensor[]).map((tensor) =>
    tensor.arraySync(),
  );
  return {
    logits: logits as number[][],
    probabilities: probabilities as number[][],
    metadata: model.getUserDefinedMetadata(),
  };
}

const suite = chromiumPath === undefined ? describe.skip : describe;
suite(`tf.loadLayersModel in a browser${chromiumPath === undefined ? ' (skipped: no Chromium)' : ''}`, () => {
  const dir = useTempDir();
  const browser = useBrowser(() => dir.path);

  it.each(nets.map(([name, settings], i) => ({ name, settings, folder: `net${String(i)}` })))(
    'says what the trained net says: $name',
    async ({ settings, folder }) => {
      const { model, images, logProbabilities } = await trainNet(settings);
      const { topology, weights } = layersModel(model);
      await writeNewFolder(join(dir.path, folder), {
        'model.json': JSON.stringify(topology),
        'weights.bin': weights,
      });
      const seen = await browser.page.evaluate(seenBy, {
        url: `/${folder}/model.json`,
        images: [...images],
        size: model.facts.input.imageSize,
      });
      expectClose(seen.logits.map(logSoftmax), logProbabilities);
      expectClose(
        seen.probabilities,
        logProbabilities.map((row) => row.map(Math.exp)),
      );
      expect(seen.metadata).toEqual({ classes: model.facts.classes, imageSize: model.facts.input.imageSize });
    },
  );
});
