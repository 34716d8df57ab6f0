import {
  ancestorsOf,
  anyTarget,
  cast,
  constant,
  fill,
  gradients,
  Graph,
  identity,
  loop,
  multiply,
  placeholder,
  relu,
  reluOfSum,
  sizeOf,
  sum,
  writeSavedModel,
  type FloatDType,
  type Target,
  type Tensor,
} from '@fathom/graph';
import { openEngine } from './engine';
import { noise } from './testing/noise';

const engine = openEngine();
const fusing: Target = { ...anyTarget, fuses: true };
/** Enough elements for functions to pay. */
const large = [8, 64, 64, 16];

interface Given {
  readonly target: Target;
  readonly shape?: readonly number[];
  readonly dtype?: FloatDType;
  readonly inLoop?: boolean;
}

/** A loss over two residual sums and a ReLU between them, its gradients, and the functions that are called for them. */
function run({ target, shape = large, dtype = 'bfloat16', inLoop = false }: Given) {
  const graph = new Graph(target);
  const [a, b] = ['a', 'b'].map((name) => placeholder(graph, name, 'float32', shape)) as [
    Tensor<'float32'>,
    Tensor<'float32'>,
  ];
  const body = () => {
    // A loop has the gradients of what is inside of it.
    const inside = [identity(a), identity(b)] as const;
    const [x, shortcut] = [cast(inside[0], dtype), cast(inside[1], dtype)];
    const y = reluOfSum(x, shortcut);
    const z = reluOfSum(relu(multiply(y, x)), y);
    const weights = constant(graph, 'float32', noise(sizeOf(shape), 3), shape);
    const loss = sum(multiply(cast(z, 'float32'), weights));
    return [loss, ...gradients(loss, inside)] as const;
  };
  const twice = () => {
    const zeros = fill(graph, 'float32', 0, shape);
    const count = constant(graph, 'int32', 2);
    const before = [constant(graph, 'float32', 0), zeros, zeros] as const;
    return loop({ name: 'loop', count }, before, () => ({ carried: body() }));
  };
  const fetches = inLoop ? twice() : body();
  const session = engine.load(writeSavedModel(graph));
  const feed = (seed: number) => ({ dtype: 'float32', shape, data: noise(sizeOf(shape), seed) }) as const;
  const values = session.run(
    { a: feed(1), b: feed(2) },
    fetches.map(({ name }) => name),
  );
  session.close();
  const behind = ancestorsOf(fetches.map(({ operation }) => operation));
  const called = [...behind].flatMap(({ attributes: { f } }) => (f?.kind === 'function' ? [f.value] : []));
  return { values: values.map(({ data }) => data as Float32Array), called: called.sort() };
}

/** All but the sign of 0, which ReluGrad gives to masked gradients below 0 and a function does not. */
const differences = (a: readonly Float32Array[], b: readonly Float32Array[]): number =>
  a.flatMap((values, i) => [...values].filter((value, j) => value !== b[i]?.[j])).length;

describe('ops that are fused', () => {
  const plain = run({ target: anyTarget });

  it.each([false, true])('give the numbers of the ops one by one; in a loop: %s', (inLoop) => {
    const { values, called } = run({ target: fusing, inLoop });
    expect(called).toEqual([
      ...['ReluGradOfSum_bfloat16', 'ReluGrad_bfloat16', 'ReluGrad_bfloat16'],
      ...['ReluOfSum_bfloat16', 'ReluOfSum_bfloat16'],
    ]);
    expect(plain.called).toEqual([]);
    expect(plain.values[1]?.some((value) => value > 0)).toBe(true);
    expect(differences(values, plain.values)).toBe(0);
  });

  it.each<[string, Given]>([
    ['few elements', { target: fusing, shape: [8, 16, 16, 16] }],
    ['float32', { target: fusing, dtype: 'float32' }],
  ])('are not those of %s', (_, given) => {
    const { values, called } = run(given);
    expect(called).toEqual([]);
    expect(differences(values, run({ ...given, target: anyTarget }).values)).toBe(0);
  });
});
