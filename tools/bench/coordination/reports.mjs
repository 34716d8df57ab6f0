// Reports as workers send them, of trainings that never took place.

/** An error that depends on the configuration alone, so that there is something to rank. */
const errorOf = ({ learningRate, depth }, epoch) =>
  Math.min(1, 0.1 + 0.05 * Math.abs(Math.log10(learningRate) + 1) + 0.5 / depth + 0.2 / epoch);

export function epochMetrics(config, epoch) {
  const error = errorOf(config, epoch);
  return {
    ...{ epoch, step: 20 * epoch, trainLoss: error, trainError: error, validationLoss: 2 * error },
    ...{ validationError: error, learningRate: config.learningRate, seconds: 1, imagesPerSecond: 1_000 },
    ...{ trainSeconds: epoch * config.depth, parameters: 10_000 * config.depth },
  };
}

export const finalMetrics = (config, epoch) => {
  const metrics = epochMetrics(config, epoch);
  return { ...metrics, testLoss: metrics.validationLoss, testError: metrics.validationError };
};

export const epochReport = (attempt, config, epoch) => ({
  type: 'epochReported',
  ...attempt,
  at: new Date().toISOString(),
  metrics: epochMetrics(config, epoch),
});

export const stepReport = (attempt, { learningRate }, step) => ({
  type: 'stepReported',
  ...attempt,
  at: new Date().toISOString(),
  metrics: {
    step,
    epoch: step / 20,
    loss: 1,
    accuracy: 0.5,
    learningRate,
    imagesPerSecond: 1_000,
    stepSeconds: 0.05,
  },
});
