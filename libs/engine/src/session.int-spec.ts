import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import {
  add,
  applyMomentum,
  assign,
  beside,
  cast,
  constant,
  equal,
  Graph,
  identity,
  initialisers,
  initialiseVariables,
  loopRows,
  multiply,
  pack,
  placeholder,
  restorePlaceholder,
  restoreVariables,
  sum,
  variable,
  writeSavedModel,
  type Part,
} from '@fathom/graph';
import { openEngine } from './engine';
import { EngineError } from './engine-error';

const engine = openEngine();

const float32 = (...values: number[]) => ({
  dtype: 'float32' as const,
  shape: [values.length],
  data: Float32Array.from(values),
});

/** A counter: variable `total` of two numbers, and a fetch that adds what is fed to it. */
function counter() {
  const graph = new Graph();
  const x = placeholder(graph, 'x', 'float32', [2]);
  const total = variable(graph, 'total', [2], initialisers.values([10, 20]));
  const next = add(total.value, x);
  const step = identity(sum(next), { name: 'step', after: [assign(total, next)] });
  const initialise = initialiseVariables(graph);
  const restore = restoreVariables(graph, graph.variables);
  return {
    bytes: writeSavedModel(graph),
    step: step.name,
    total: total.value.name,
    initialise: initialise.name,
    restore: restore.name,
  };
}

describe('a session', () => {
  it('keeps its variables between runs, apart from those of other sessions of the same graph', () => {
    const graph = counter();
    const [one, two] = [engine.load(graph.bytes), engine.load(graph.bytes)];
    one.run({}, [graph.initialise]);
    two.run({}, [graph.initialise]);
    expect(one.run({ x: float32(1, 2) }, [graph.step])).toEqual([
      { dtype: 'float32', shape: [], data: Float32Array.of(33) },
    ]);
    one.run({ x: float32(1, 2) }, [graph.step]);
    expect(one.run({}, [graph.total])[0]?.data).toEqual(Float32Array.of(12, 24));
    expect(two.run({}, [graph.total])[0]?.data).toEqual(Float32Array.of(10, 20));
    one.close();
    two.close();
  });

  it('restores variables into memory of their own', () => {
    const graph = counter();
    const session = engine.load(graph.bytes);
    // Odd offsets and sizes: TensorFlow takes over aligned memory and copies the rest.
    const fed = float32(5, 6);
    session.run({ [restorePlaceholder('total')]: fed }, [graph.restore]);
    session.run({ x: float32(1, 1) }, [graph.step]);
    expect(fed.data).toEqual(Float32Array.of(5, 6));
    fed.data.fill(99);
    expect(session.run({}, [graph.total])[0]?.data).toEqual(Float32Array.of(6, 7));
    session.close();
  });

  it('keeps vectors in one variable, each by its own name, and sees them in loops', () => {
    const graph = new Graph();
    const whole = pack(graph, 'both', [
      { name: 'a', length: 2, initialiser: initialisers.ones },
      { name: 'b', length: 1, initialiser: initialisers.values([5]) },
    ]);
    const half = beside(whole, 'half', initialisers.filled(0.5));
    const [a, b] = whole.parts as [Part, Part];
    const rows = loopRows({ name: 'steps', count: constant(graph, 'int32', 2), maximum: 2, row: [] }, () => ({
      row: add(sum(a.value), sum(b.value)),
      after: [assign(whole, add(whole.value, half.value))],
    }));
    const initialise = initialiseVariables(graph);
    const restore = restoreVariables(graph, graph.variables);
    const session = engine.load(writeSavedModel(graph));
    const parts = [whole, half].flatMap(({ parts: each }) => each);
    const values = () =>
      session.run(
        {},
        parts.map(({ value }) => value.name),
      );
    session.run({}, [initialise.name]);
    expect(values().map(({ data }) => [...data])).toEqual([[1, 1], [5], [0.5, 0.5], [0.5]]);
    // 1 + 1 + 5, and half more of each in the next iteration.
    expect(session.run({}, [rows.name])).toEqual([
      { dtype: 'float32', shape: [2], data: Float32Array.of(7, 8.5) },
    ]);
    expect(parts.map(({ name }) => name)).toEqual(['a', 'b', 'a.half', 'b.half']);
    const given = [float32(1, 2), float32(3), float32(4, 5), float32(6)];
    session.run(Object.fromEntries(parts.map(({ name }, i) => [restorePlaceholder(name), given[i]!])), [
      restore.name,
    ]);
    for (const { data } of given) data.fill(99);
    expect(values().map(({ data }) => [...data])).toEqual([[1, 2], [3], [4, 5], [6]]);
    session.close();
  });

  it('hands out copies that later steps do not change', () => {
    const graph = new Graph();
    const rate = placeholder(graph, 'rate', 'float32', []);
    const w = variable(graph, 'w', [2], initialisers.ones);
    const velocity = variable(graph, 'velocity', [2], initialisers.zeros);
    const update = applyMomentum(w, velocity, constant(graph, 'float32', [1, 2]), {
      learningRate: rate,
      momentum: 0.5,
    });
    const step = identity(rate, { after: [update] });
    const initialise = initialiseVariables(graph);
    const session = engine.load(writeSavedModel(graph));
    session.run({}, [initialise.name]);
    const [before] = session.run({}, [w.value.name]);
    const feeds = { rate: { dtype: 'float32' as const, shape: [], data: Float32Array.of(0.25) } };
    session.run(feeds, [step.name]);
    session.run(feeds, [step.name]);
    expect(before?.data).toEqual(Float32Array.of(1, 1));
    // v = 1, then 1.5 (times 1 and 2); w = 1 - 0.25 (1 + 1.5) = 0.375
    expect(session.run({}, [w.value.name])[0]?.data).toEqual(Float32Array.of(0.375, -0.25));
    session.close();
  });

  it('leaves no tensor behind, in success or failure', () => {
    const graph = counter();
    const session = engine.load(graph.bytes);
    const before = engine.tensorCount();
    session.run({}, [graph.initialise]);
    for (let i = 0; i < 5; i++) session.run({ x: float32(1, 2) }, [graph.step, graph.total]);
    expect(() => session.run({ x: float32(1, 2, 3) }, [graph.step])).toThrow(EngineError);
    expect(() => session.run({ x: float32(1, 2), nobody: float32(1) }, [graph.step])).toThrow(EngineError);
    expect(() => session.run({ x: { ...float32(1, 2), shape: [3] } }, [graph.step])).toThrow(
      /Shape does not match/,
    );
    expect(engine.tensorCount()).toBe(before);
    session.close();
  });

  it('leaves no file behind', () => {
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith('fathom-graph-'));
    engine.load(counter().bytes).close();
    expect(() => engine.load(Uint8Array.of(1, 2, 3))).toThrow(EngineError);
    const after = readdirSync(tmpdir()).filter((name) => name.startsWith('fathom-graph-'));
    expect(after.filter((name) => !before.includes(name))).toEqual([]);
    expect(existsSync(tmpdir())).toBe(true);
  });

  it('says what TensorFlow says about a graph it cannot run', () => {
    const graph = new Graph();
    const [x] = graph.add({ type: 'NoSuchOp', outputs: [{ dtype: 'float32', shape: [] }] });
    expect(() => engine.load(writeSavedModel(graph))).toThrow(/refused the graph.*NoSuchOp/);
    expect(x.name).toBe('NoSuchOp:0');
    const product = new Graph();
    const y = multiply(placeholder(product, 'x', 'float32', []), constant(product, 'float32', 2));
    const session = engine.load(writeSavedModel(product));
    expect(() => session.run({}, [y.name])).toThrow(/must feed a value for placeholder tensor 'x'/);
    session.close();
  });

  it('hands out booleans as bytes, and says which types it cannot hand out', () => {
    const graph = new Graph();
    const yes = equal(constant(graph, 'int32', [1, 2]), constant(graph, 'int32', [1, 3]));
    const bytes = cast(constant(graph, 'int32', [1, 2]), 'uint8');
    const session = engine.load(writeSavedModel(graph));
    const before = engine.tensorCount();
    expect(session.run({}, [yes.name])).toEqual([{ dtype: 'uint8', shape: [2], data: Uint8Array.of(1, 0) }]);
    expect(() => session.run({}, [bytes.name])).toThrow(/type number 4 cannot be fetched/);
    expect(engine.tensorCount()).toBe(before);
    session.close();
  });

  it('is of no use once it is closed, and may be closed twice', () => {
    const graph = counter();
    const session = engine.load(graph.bytes);
    session.close();
    session.close();
    expect(() => session.run({}, [graph.total])).toThrow(/session is closed/);
  });
});

describe('openEngine', () => {
  it('says what it runs on', () => {
    expect(engine.tensorflowVersion).toMatch(/^2\.\d+\.\d+/);
    expect(engine.device).toMatch(/^(cpu|gpu:\d)/);
  });

  it('opens once, and refuses other options later', () => {
    expect(openEngine()).toBe(engine);
    expect(() => openEngine({ intraOpThreads: 1 })).toThrow(/loaded with \{\} already/);
  });
});
