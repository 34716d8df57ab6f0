// The only place that knows how our graph is built and stepped.

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
  const graph = buildTrainingGraph(architecture, config, { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] });
  const session = engine.load(graph.savedModel);
  const int32 = (shape, data) => ({ dtype: 'int32', shape, data });
  session.run({ [feedNames.seed]: int32([], Int32Array.of(1)) }, [graph.initialise]);
  const bytes = Uint8Array.from({ length: batchSize * imageSize ** 2 * 3 }, () => Math.random() * 256);
  const images = new Int32Array(bytes.buffer);
  const labels = Int32Array.from({ length: batchSize }, () => Math.random() * classes);
  let step = 0;
  return {
    parameters: countParameters(architecture),
    versions: { TensorFlow: engine.tensorflowVersion },
    train(count) {
      let loss = Number.NaN;
      for (let i = 0; i < count; i++) {
        // The batch is fed anew for every step, as in training.
        const feeds = {
          [feedNames.images]: int32([images.length], images),
          [feedNames.labels]: int32([batchSize], labels),
          [feedNames.learningRate]: { dtype: 'float32', shape: [], data: Float32Array.of(0.01) },
          [feedNames.augmentKey]: int32([2], Int32Array.of(1, step++)),
        };
        [loss] = session.run(feeds, [graph.step])[0].data;
      }
      return { steps: count, loss };
    },
  };
}
