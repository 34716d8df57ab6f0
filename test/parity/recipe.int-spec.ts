import { trainingConfigSchema, type TrainingConfig } from '@fathom/contracts';
import { openEngine } from '@fathom/engine';
import {
  constant,
  gradients,
  Graph,
  group,
  identity,
  initialisers,
  initialiseVariables,
  placeholder,
  sum,
  variable,
  writeSavedModel,
  type FeedValue,
  type Tensor,
} from '@fathom/graph';
import { trainingLoss, type ObjectiveConfig } from '../../libs/resnet/src/graph/objective';
import { MovingAverages } from '../../libs/resnet/src/graph/moving-averages';
import { OptimizerState } from '../../libs/resnet/src/graph/optimizer-state';
import { updateParameters } from '../../libs/resnet/src/graph/update';
import { recipeReference as reference } from './recipe-reference';

const engine = openEngine();
const float32 = (shape: readonly number[], data: readonly number[]): FeedValue => ({
  dtype: 'float32',
  shape,
  data: Float32Array.from(data),
});

function expectClose(given: ArrayLike<number>, expected: readonly number[], tolerance: number): void {
  expect(given).toHaveLength(expected.length);
  const largest = Math.max(...expected.map(Math.abs));
  expected.forEach((value, i) => {
    expect(Math.abs(given[i]! - value)).toBeLessThan(tolerance * Math.max(largest, 1e-3));
  });
}

/** A step of the reference's three parameters, whose gradients are fed. */
function openOptimiser(config: TrainingConfig) {
  const graph = new Graph();
  const parameters = Object.entries(reference.shapes).map(([name, shape]) =>
    Object.assign(variable(graph, name, shape, initialisers.values(reference.initial[name]!)), {
      decayed: name.endsWith('weight'),
    }),
  );
  const averages =
    config.emaDecay > 0
      ? new MovingAverages({ trained: parameters, collected: [] }, config.emaDecay)
      : undefined;
  const fed = parameters.map(({ name, shape }) => placeholder(graph, `gradient/${name}`, 'float32', shape));
  const learningRate = placeholder(graph, 'rate', 'float32', []);
  const { changes } = updateParameters(
    {
      parameters,
      gradients: fed,
      learningRate,
      state: new OptimizerState(graph),
      statisticsUpdates: [],
      averages,
    },
    config,
  );
  const step = identity(constant(graph, 'float32', 0), { after: [group(graph, changes, 'changes')] });
  const initialise = initialiseVariables(graph);
  const session = engine.load(writeSavedModel(graph));
  session.run({}, [initialise.name]);
  return {
    step(rate: number, given: Readonly<Record<string, readonly number[]>>) {
      const feeds = parameters.map(({ name, shape }) => [`gradient/${name}`, float32(shape, given[name]!)]);
      session.run(
        { ...(Object.fromEntries(feeds) as Record<string, FeedValue>), rate: float32([], [rate]) },
        [step.name],
      );
    },
    value(name: string) {
      const found = graph.variables.find((v) => v.name === name);
      if (!found) throw new RangeError(`no variable ${name}`);
      return session.run({}, [found.value.name])[0]!.data;
    },
    close: () => {
      session.close();
    },
  };
}

describe(`optimisers follow PyTorch ${reference.torch}`, () => {
  it.each(reference.runs.map((run) => [JSON.stringify(run.recipe), run] as const))('%s', (_, run) => {
    const defaults = { depth: 20, weightDecay: 0 };
    const optimiser = openOptimiser(trainingConfigSchema.parse({ ...defaults, ...run.recipe }));
    reference.rates.forEach((rate, step) => {
      optimiser.step(rate, reference.gradients[step]!);
      for (const [name, values] of Object.entries(run.after[step]!))
        expectClose(optimiser.value(name), values, 3e-6);
    });
    optimiser.close();
  });
});

describe('losses', () => {
  const { distillation, mixup } = reference;
  const [batch, classes] = [
    distillation.labels.length,
    distillation.student.length / distillation.labels.length,
  ];

  function lossOf(config: ObjectiveConfig, more: { readonly share?: number; readonly teacher?: boolean }) {
    const graph = new Graph();
    const of = (values: readonly number[]) => constant(graph, 'float32', values, [batch, classes]);
    const logits: Tensor<'float32'> = placeholder(graph, 'logits', 'float32', [batch, classes]);
    const loss = trainingLoss(
      {
        logits,
        labels: constant(graph, 'int32', distillation.labels),
        mixture: more.share === undefined ? undefined : constant(graph, 'float32', more.share),
        teacherLogits: more.teacher ? of(distillation.teacher) : undefined,
      },
      config,
    );
    const [gradient] = gradients(sum(loss), [logits]);
    const session = engine.load(writeSavedModel(graph));
    const at = (logitsFed: readonly number[]) =>
      session
        .run({ logits: float32([batch, classes], logitsFed) }, [loss.name, gradient!.name])
        .map(({ data }) => data);
    return { at, close: () => session.close() };
  }

  it.each(distillation.cases)(
    'of a teacher and labels equal PyTorch: $config',
    ({ config, loss, gradient }) => {
      const session = lossOf(config, { teacher: true });
      const [givenLoss, givenGradient] = session.at(distillation.student);
      session.close();
      expectClose(givenLoss!, loss, 1e-5);
      expectClose(givenGradient!, gradient, 1e-5);
    },
  );

  it('of a teacher alone is 0 for a student that says the same', () => {
    const session = lossOf({ distillTemperature: 3, distillWeight: 1, labelSmoothing: 0 }, { teacher: true });
    const [loss, gradient] = session.at(distillation.teacher);
    session.close();
    for (const value of [...loss!, ...gradient!]) expect(Math.abs(value)).toBeLessThan(1e-5);
  });

  it.each(mixup)(
    'of mixed labels equal PyTorch: smoothing $labelSmoothing',
    ({ share, labelSmoothing, loss }) => {
      const session = lossOf({ distillTemperature: 1, distillWeight: 0, labelSmoothing }, { share });
      expectClose(session.at(distillation.student)[0]!, loss, 1e-5);
      session.close();
    },
  );
});
