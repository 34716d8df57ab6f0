import {
  applyMuon,
  constant,
  Graph,
  identity,
  initialisers,
  initialiseVariables,
  orthogonalise,
  placeholder,
  variable,
  writeSavedModel,
  type FloatDType,
} from '@fathom/graph';
import { openEngine } from './engine';
import { noise } from './testing/noise';

const engine = openEngine();

function orthogonalised(data: Float32Array, shape: readonly [number, number], precision?: FloatDType) {
  const graph = new Graph();
  const y = orthogonalise(placeholder(graph, 'x', 'float32', shape), precision);
  const session = engine.load(writeSavedModel(graph));
  const [value] = session.run({ x: { dtype: 'float32', shape, data } }, [y.name]);
  session.close();
  return value!.data as Float32Array;
}

/** Five times the quintic of Jordan 2024, of one singular value. */
function iterated(singular: number): number {
  let s = singular;
  for (let i = 0; i < 5; i++) s = 3.4445 * s - 4.775 * s ** 3 + 2.0315 * s ** 5;
  return s;
}

describe('orthogonalise', () => {
  it('takes each singular value through the iteration, after the norm is made 1', () => {
    const singular = [3, -2, 0.5, 0.01];
    const norm = Math.hypot(...singular);
    const diagonal = Float32Array.from({ length: 16 }, (_, i) => (i % 5 === 0 ? singular[i / 5]! : 0));
    const y = orthogonalised(diagonal, [4, 4]);
    y.forEach((value, i) => {
      expect(value).toBeCloseTo(i % 5 === 0 ? iterated(singular[i / 5]! / norm) : 0, 4);
    });
  });

  it.each<[FloatDType, readonly [number, number]]>([
    ['float32', [27, 16]],
    ['float32', [16, 64]],
    ['bfloat16', [144, 16]],
    ['bfloat16', [64, 256]],
  ])('in %s of %j: rows or columns of the shorter side are nearly orthonormal', (precision, shape) => {
    const [rows, columns] = shape;
    const y = orthogonalised(noise(rows * columns), shape, precision);
    const vector = (i: number) =>
      Array.from({ length: Math.max(rows, columns) }, (_, j) =>
        rows > columns ? y[j * columns + i]! : y[i * columns + j]!,
      );
    const vectors = Array.from({ length: Math.min(rows, columns) }, (_, i) => vector(i));
    const product = (a: readonly number[], b: readonly number[]) =>
      a.reduce((sum, x, i) => sum + x * b[i]!, 0);
    vectors.forEach((a, i) => {
      // Singular values are 0.68 to 1.21 and not 1: so are the lengths, and what is left of angles is small.
      const length = Math.sqrt(product(a, a));
      expect(length).toBeGreaterThan(0.65);
      expect(length).toBeLessThan(1.25);
      for (const b of vectors.slice(0, i)) expect(Math.abs(product(a, b))).toBeLessThan(0.5);
    });
  });

  it.each(['float32', 'bfloat16'] as const)('leaves nothing as nothing in %s', (precision) => {
    expect(orthogonalised(new Float32Array(12), [3, 4], precision)).toEqual(new Float32Array(12));
  });
});

describe('applyMuon', () => {
  it('goes as far for a small gradient as for a large one, and keeps the velocity', () => {
    const after = (size: number) => {
      const graph = new Graph();
      const [w, velocity] = [
        variable(graph, 'w', [1, 1, 2, 2], initialisers.ones),
        variable(graph, 'velocity', [1, 1, 2, 2], initialisers.zeros),
      ];
      const gradient = constant(graph, 'float32', [size, 0, 0, -size], [1, 1, 2, 2]);
      const options = { learningRate: constant(graph, 'float32', 0.5), momentum: 0.9, decoupledDecay: 0.2 };
      const step = identity(options.learningRate, { after: [applyMuon(w, velocity, gradient, options)] });
      const initialise = initialiseVariables(graph);
      const session = engine.load(writeSavedModel(graph));
      session.run({}, [initialise.name]);
      session.run({}, [step.name]);
      const values = session.run({}, [w.value.name, velocity.value.name]).map(({ data }) => [...data]);
      session.close();
      return values;
    };
    const [[small, smallVelocity], [large, largeVelocity]] = [after(1e-3), after(1e3)];
    // w - rate (O + decay w), where O has the singular values of a diagonal of two equal numbers.
    const o = iterated(Math.SQRT1_2);
    const expected = [1 - 0.5 * (o + 0.2), 0.9, 0.9, 1 - 0.5 * (-o + 0.2)];
    for (const values of [small, large])
      values!.forEach((value, i) => {
        expect(value).toBeCloseTo(expected[i]!, 5);
      });
    expect(smallVelocity![0]).toBeCloseTo(1e-3, 8);
    expect(largeVelocity).toEqual([1e3, 0, 0, -1e3]);
  });
});
