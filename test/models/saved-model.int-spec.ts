import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeNewFolder } from '@fathom/artifacts';
import { openEngine } from '@fathom/engine';
import { Classifier, servingGraph } from '@fathom/resnet';
import { useTempDir } from '@fathom/testkit';
import { loadTensorFlow } from '../../libs/engine/src/library';
import { describePython, runPython } from './python';
import { expectClose, logSoftmax, nets, trainNet, type TrainedNet } from './trained-net';

const engine = openEngine();
const dir = useTempDir();

let exports = 0;

async function exported(net: TrainedNet): Promise<string> {
  const folder = join(dir.path, 'serving', String(++exports));
  await writeNewFolder(folder, { 'saved_model.pb': servingGraph(net.model) });
  return folder;
}

describe.each(nets)('%s', (_, settings) => {
  const trained = trainNet(settings);

  it('says what the trained net says, in a session', async () => {
    const { model, images, logProbabilities } = await trained;
    const classifier = new Classifier(model, (savedModel) => engine.load(savedModel));
    const results = classifier.classify(images);
    classifier.close();
    expectClose(
      results.map(({ logits }) => logSoftmax(logits)),
      logProbabilities,
    );
    const byName = (i: number) =>
      new Map(results[i]?.guesses.map((guess) => [guess.class, guess.probability]));
    expectClose(
      results.map((__, i) => model.facts.classes.map((name) => byName(i).get(name) ?? NaN)),
      logProbabilities.map((row) => row.map(Math.exp)),
    );
    expect(results[0]?.guesses.map(({ probability }) => probability)).toEqual(
      [...byName(0).values()].toSorted((a, b) => b - a),
    );
    expect(engine.tensorCount()).toBe(0);
  });

  it('is served by tf.node.loadSavedModel, for any number of images', async () => {
    const net = await trained;
    const { tf } = loadTensorFlow();
    const served = await tf.node.loadSavedModel(await exported(net), ['serve'], 'serving_default');
    const { imageSize, channels } = net.model.facts.input;
    for (const count of [net.logProbabilities.length, 1]) {
      const bytes = net.images.subarray(0, count * imageSize * imageSize * channels);
      const images = tf.tensor(bytes, [count, imageSize, imageSize, channels], 'int32');
      const outputs = served.predict({ images }) as Record<string, ReturnType<typeof tf.tensor>>;
      const [logits, probabilities] = ['logits', 'probabilities'].map((name) =>
        outputs[name]?.arraySync(),
      ) as [number[][], number[][]];
      expectClose(logits.map(logSoftmax), net.logProbabilities.slice(0, count));
      expectClose(
        probabilities,
        net.logProbabilities.slice(0, count).map((row) => row.map(Math.exp)),
      );
      tf.dispose([images, ...Object.values(outputs)]);
    }
    served.dispose();
  });
});

describePython('tf.saved_model.load of Python', ['tensorflow'], () => {
  it('says what the trained net says', async () => {
    const net = await trainNet({ depth: 8, shortcut: 'zero-pad', width: 0.5 });
    const folder = await exported(net);
    const { imageSize } = net.model.facts.input;
    const file = join(dir.path, 'images');
    writeFileSync(file, net.images);
    const script = `
import json, sys, tensorflow as tf
pixels = tf.reshape(tf.io.decode_raw(tf.io.read_file(sys.argv[2]), tf.uint8), [-1, ${imageSize}, ${imageSize}, 3])
served = tf.saved_model.load(sys.argv[1]).signatures['serving_default']
print(json.dumps(served(images=pixels)['logits'].numpy().tolist()))`;
    const logits = runPython(script, folder, file) as number[][];
    expectClose(logits.map(logSoftmax), net.logProbabilities);
  });
});

it('refuses bytes that are no whole number of images', async () => {
  const { model } = await trainNet({ depth: 8, width: 0.25 });
  const classifier = new Classifier(model, (savedModel) => engine.load(savedModel));
  expect(classifier.classify(new Uint8Array())).toEqual([]);
  expect(() => classifier.classify(new Uint8Array(100))).toThrow('100 bytes are no whole number of images');
  classifier.close();
});
