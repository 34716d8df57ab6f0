// The only place that knows how our graph is built and stepped: as in training, with the images on the device and
// several steps in a call.

/**
 * @param {NodeJS.Require} require that finds the @fathom packages to be measured
 * @param {{ depth: number, imageSize: number, classes: number, batchSize: number, precision: string }} job
 */
export function openSteps(require, { depth, imageSize, classes, batchSize, precision }) {
  const { trainingConfigSchema } = require('@fathom/contracts');
  const { openEngine } = require('@fathom/engine');
  const { buildTrainingGraph, countParameters, feedNames, resolveArchitecture } = require('@fathom/resnet');
  const engine = openEngine();
  const config = trainingConfigSchema.parse({ depth, batchSize, precision, augment: 'none' });
  const architecture = resolveArchitecture(config, { imageSize, channels: 3, classes });
  const pixels = { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] };
  const graph = buildTrainingGraph(
    architecture,
    config,
    pixels,
    { kind: 'resident', count: batchSize },
    { target: engine.target },
  );
  const session = engine.load(graph.savedModel);
  const scalar = (value) => ({ dtype: 'int32', shape: [], data: Int32Array.of(value) });
  const int32 = (shape, data) => ({ dtype: 'int32', shape, data });
  session.run({ [feedNames.seed]: scalar(1) }, [graph.initialise]);
  fill();

  function fill() {
    const { reserve, put, chunkRows } = graph.filling;
    const imageBytes = imageSize ** 2 * 3;
    session.run({}, [reserve]);
    for (let next = 0; next < batchSize; next += chunkRows) {
      const bytes = new Uint8Array(Math.ceil((chunkRows * imageBytes) / 4) * 4).map(
        () => Math.random() * 256,
      );
      const labels = new Int32Array(chunkRows).map(() => Math.random() * classes);
      const feeds = {
        [feedNames.chunkBegin]: int32([1], Int32Array.of(Math.min(next, batchSize - chunkRows))),
        [feedNames.chunkImages]: int32([bytes.length / 4], new Int32Array(bytes.buffer)),
        [feedNames.chunkLabels]: int32([chunkRows], labels),
      };
      session.run(feeds, [put]);
    }
  }

  const order = Int32Array.from({ length: batchSize }, (_, i) => i);
  let done = 0;
  /** @returns {number} the loss of the last of them */
  function call(count) {
    const indices = new Int32Array(count * batchSize);
    for (let i = 0; i < count; i++) indices.set(order, i * batchSize);
    const feeds = {
      [feedNames.count]: scalar(count),
      [feedNames.seed]: scalar(1),
      [feedNames.firstRow]: scalar(done),
      [feedNames.learningRates]: {
        dtype: 'float32',
        shape: [count],
        data: new Float32Array(count).fill(0.01),
      },
      [feedNames.indices]: int32([count, batchSize], indices),
    };
    done += count;
    return session.run(feeds, [graph.train.name])[0].data[3 * (count - 1)];
  }

  return {
    parameters: countParameters(architecture),
    versions: { TensorFlow: engine.tensorflowVersion },
    device: engine.device,
    memory: graph.memory,
    train(count) {
      let loss = Number.NaN;
      for (let left = count; left > 0; left -= graph.train.maximum)
        loss = call(Math.min(left, graph.train.maximum));
      return { steps: count, loss };
    },
  };
}
