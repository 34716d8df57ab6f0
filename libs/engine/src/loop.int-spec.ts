import {
  add,
  applyMomentum,
  assign,
  constant,
  gradients,
  Graph,
  GraphError,
  identity,
  initialisers,
  initialiseVariables,
  loop,
  multiply,
  placeholder,
  reshape,
  series,
  sum,
  variable,
  writeSavedModel,
} from '@fathom/graph';
import { openEngine } from './engine';

const engine = openEngine();

const int32 = (...values: number[]) => ({
  dtype: 'int32' as const,
  shape: [] as number[],
  data: Int32Array.from(values),
});
const float32 = (shape: number[], ...values: number[]) => ({
  dtype: 'float32' as const,
  shape,
  data: Float32Array.from(values),
});

describe('a loop', () => {
  it('carries values, counts, and sees values from outside and series', () => {
    const graph = new Graph();
    const count = placeholder(graph, 'count', 'int32', []);
    const factor = placeholder(graph, 'factor', 'float32', [2]);
    const terms = series(graph, 'terms', 'float32', [2]);
    const [total] = loop(
      { name: 'steps', count },
      [constant(graph, 'float32', [0, 0])],
      (index, [soFar]) => ({
        carried: [add(soFar, multiply(factor, terms.at(index)))],
      }),
    );
    const twice = multiply(total, constant(graph, 'float32', 2));
    const session = engine.load(writeSavedModel(graph));
    const run = (n: number) =>
      session.run(
        { count: int32(n), factor: float32([2], 1, 10), terms: float32([3, 2], 1, 2, 3, 4, 5, 6) },
        [twice.name],
      )[0]!.data;
    expect([0, 1, 3].map(run)).toEqual([
      Float32Array.of(0, 0),
      Float32Array.of(2, 40),
      Float32Array.of(18, 240),
    ]);
    expect(() => run(4)).toThrow(/not in \[0, 3\)/);
    session.close();
  });

  it('lets each iteration see the assignments of the one before, also of loops inside', () => {
    const graph = new Graph();
    const [outer, inner] = ['outer', 'inner'].map((name) => placeholder(graph, name, 'int32', []));
    const v = variable(graph, 'v', [2], initialisers.values([1, 1]));
    const one = constant(graph, 'float32', [1, 1]);
    const [last] = loop({ name: 'outer_loop', count: outer! }, [one], () => {
      const [inside] = loop({ name: 'inner_loop', count: inner! }, [one], () => {
        const next = add(v.value, one);
        return { carried: [next], after: [assign(v, next)] };
      });
      // 2 v, once the loop has run
      const update = assign(v, multiply(v.valueAfter([inside.operation]), constant(graph, 'float32', 2)));
      return { carried: [v.valueAfter([update])], after: [update] };
    });
    const initialise = initialiseVariables(graph);
    const session = engine.load(writeSavedModel(graph));
    const run = (n: number, m: number) => {
      session.run({}, [initialise.name]);
      const [seen] = session.run({ outer: int32(n), inner: int32(m) }, [last.name]);
      return [seen!.data[0], session.run({}, [v.value.name])[0]!.data[1]];
    };
    // ((1 + 3) 2 + 3) 2 = 22
    expect(run(2, 3)).toEqual([22, 22]);
    expect(run(3, 0)).toEqual([8, 8]);
    expect(run(0, 3)).toEqual([1, 1]);
    session.close();
  });

  it('takes gradients inside, and ends with the very bits of as many runs of one step', () => {
    const build = (inLoop: boolean) => {
      const graph = new Graph();
      const count = placeholder(graph, 'count', 'int32', []);
      const w = variable(graph, 'w', [2, 3], initialisers.values([1, -2, 3, 0.3, 0.7, -0.1]));
      const velocity = variable(graph, 'velocity', [2, 3], initialisers.zeros);
      const step = () => {
        const squares = multiply(w.value, multiply(w.value, w.value));
        const loss = sum(multiply(reshape(squares, [6]), constant(graph, 'float32', [1, 2, 3, 4, 5, 6])));
        const [gradient] = gradients(loss, [w.value]);
        const update = applyMomentum(w, velocity, gradient!, {
          learningRate: constant(graph, 'float32', 0.01),
          momentum: 0.9,
          weightDecay: 0.1,
        });
        return { loss, update };
      };
      const done = (() => {
        if (!inLoop) {
          const { loss, update } = step();
          return identity(loss, { after: [update] });
        }
        const [loss] = loop({ name: 'steps', count }, [constant(graph, 'float32', 0)], () => {
          const { loss, update } = step();
          return { carried: [loss], after: [update] };
        });
        return loss;
      })();
      const initialise = initialiseVariables(graph);
      const session = engine.load(writeSavedModel(graph));
      session.run({}, [initialise.name]);
      return { session, done, w };
    };
    const [flat, looped] = [build(false), build(true)];
    const losses = Array.from({ length: 7 }, () => flat.session.run({}, [flat.done.name])[0]!.data[0]);
    expect(looped.session.run({ count: int32(4) }, [looped.done.name])[0]!.data[0]).toBe(losses[3]);
    expect(looped.session.run({ count: int32(3) }, [looped.done.name])[0]!.data[0]).toBe(losses[6]);
    const weights = [flat, looped].map(({ session, w }) => session.run({}, [w.value.name])[0]!.data);
    expect(weights[1]).toEqual(weights[0]);
    flat.session.close();
    looped.session.close();
  });
});

describe('what leaves a loop', () => {
  const graph = new Graph();
  const count = placeholder(graph, 'count', 'int32', []);

  it('does so as a carried value only', () => {
    let inside = count;
    loop({ name: 'steps', count }, [count], (index, [x]) => {
      inside = index;
      return { carried: [add(x, index)] };
    });
    expect(() => add(inside, count)).toThrow(GraphError);
    expect(() => add(inside, count)).toThrow(/from its own loop or outside of it.*steps\/index/);
    expect(() => identity(count, { after: [inside.operation] })).toThrow(/to wait for nodes of its own loop/);
  });

  it('keeps its type and shape', () => {
    expect(() =>
      loop({ name: 'grows', count }, [count], (_, [x]) => ({
        carried: [reshape(x, [1])],
      })),
    ).toThrow(/carried value 0 to stay int32 \[\], given int32 \[1\]/);
  });
});
