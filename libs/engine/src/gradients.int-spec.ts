import {
  constant,
  gradientRules,
  gradients,
  Graph,
  multiply,
  placeholder,
  sizeOf,
  sum,
  writeSavedModel,
} from '@fathom/graph';
import type * as Tfjs from '@tensorflow/tfjs-node-gpu';
import { openEngine } from './engine';
import { loadTensorFlow } from './library';
import { eagerTwins } from './testing/eager-twins';
import { gradientCases, type GradientCase } from './testing/gradient-cases';
import { noise } from './testing/noise';

const engine = openEngine();
const { tf } = loadTensorFlow();

/** loss = sum(weights * build(inputs)), and its gradients by our rules: one session to ask for both. */
function open({ shapes, build, map = (value) => value }: GradientCase) {
  const graph = new Graph();
  const inputs = shapes.map((shape, i) => placeholder(graph, `x${String(i)}`, 'float32', shape));
  const y = build(...inputs);
  // What the case is about: neither the loss around it nor the gradients.
  const used = new Set(graph.operations.map(({ type }) => type));
  const weights = noise(sizeOf(y.shape), 99);
  const loss = sum(multiply(y, constant(graph, 'float32', weights, y.shape)));
  const grads = gradients(loss, inputs);
  const session = engine.load(writeSavedModel(graph));
  const values = shapes.map((shape, i) => noise(sizeOf(shape), i + 1).map((v) => map(v, i)));
  const feeds = (at: readonly Float32Array[]) =>
    Object.fromEntries(
      at.map((data, i) => [`x${String(i)}`, { dtype: 'float32' as const, shape: shapes[i]!, data }]),
    );
  return {
    used,
    values,
    weights,
    loss: (at: readonly Float32Array[]) => session.run(feeds(at), [loss.name])[0]!.data[0]!,
    gradients: () =>
      session.run(
        feeds(values),
        grads.map(({ name }) => name),
      ),
    close: () => {
      session.close();
    },
  };
}

const names = Object.keys(gradientCases) as (keyof typeof gradientCases)[];
const cases: Readonly<Record<string, GradientCase>> = gradientCases;

describe('gradient rules against difference quotients', () => {
  // Of numbers that are rounded to few bits there are no difference quotients.
  it.each(names.filter((name) => cases[name]!.precision === undefined))('%s', (name) => {
    const session = open(cases[name]!);
    const step = 1e-2;
    const grads = session.gradients();
    session.values.forEach((values, input) => {
      // Up to 20 coordinates, spread over the input.
      const stepOver = Math.max(1, Math.floor(values.length / 20));
      for (let at = 0; at < values.length; at += stepOver) {
        const moved = (by: number) =>
          session.values.map((v, i) => (i === input ? v.map((x, j) => (j === at ? x + by : x)) : v));
        const quotient = (session.loss(moved(step)) - session.loss(moved(-step))) / (2 * step);
        const given = grads[input]!.data[at]!;
        expect(Math.abs(given - quotient)).toBeLessThan(6e-3 * Math.max(1, Math.abs(quotient)));
      }
    });
    session.close();
  });
});

describe("gradient rules against tfjs's own", () => {
  const covered = new Set<string>();

  it.each(names)('%s', (name) => {
    const testCase = cases[name]!;
    const session = open(testCase);
    const ours = session.gradients();
    const theirs = tf.tidy(() => {
      const inputs = session.values.map((v, i) => tf.tensor(v, [...testCase.shapes[i]!]));
      const loss = (...xs: Tfjs.Tensor[]) => {
        const y = eagerTwins[name](...xs);
        return tf.sum(tf.mul(y, tf.tensor(session.weights, y.shape)));
      };
      return tf
        .grads(loss as never)(inputs)
        .map((g) => g.dataSync());
    });
    const precision = testCase.precision ?? 2e-5;
    ours.forEach(({ data }, input) => {
      expect(data).toHaveLength(theirs[input]!.length);
      data.forEach((value, at) => {
        expect(Math.abs(value - theirs[input]![at]!)).toBeLessThan(precision * Math.max(1, Math.abs(value)));
      });
    });
    session.used.forEach((type) => covered.add(type));
    session.close();
  });

  it('cover every rule there is', () => {
    expect(Object.keys(gradientRules).filter((type) => !covered.has(type))).toEqual([]);
  });
});
