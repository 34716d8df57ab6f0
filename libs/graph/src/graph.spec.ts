import { attr } from './attribute';
import { Graph } from './graph';
import { GraphError } from './graph-error';
import { add } from './ops/arithmetic';
import { conv2d } from './ops/convolution';
import { loop } from './ops/loop';
import { pack } from './ops/pack';
import { reshape } from './ops/shape';
import { constant, fill, identity, placeholder } from './ops/source';
import { variable } from './ops/variable';
import { zeros } from './ops/initialiser';

describe('Graph', () => {
  it('names nodes after their scope and op', () => {
    const graph = new Graph();
    const x = placeholder(graph, 'images', 'float32', [2, 8, 8, 3]);
    const w = variable(graph, 'layer2.0.conv1.weight', [3, 3, 3, 4], zeros);
    const y = graph.scope('layer2.0.conv1', () => conv2d(x, w.value, { padding: 1 }));
    expect(y.name).toBe('layer2.0.conv1/Conv2D:0');
    expect(w.handle.name).toBe('layer2.0.conv1.weight:0');
    expect(w.value.name).toBe('layer2.0.conv1.weight/Read:0');
  });

  it('makes names unique, also against names that look like its own suffixes', () => {
    const graph = new Graph();
    const names = ['x', 'x_1', 'x', 'x', 'x_1'].map((name) => placeholder(graph, name, 'int32', []).name);
    expect(new Set(names).size).toBe(5);
    expect(names.slice(0, 2)).toEqual(['x:0', 'x_1:0']);
  });

  it('refuses a name that another variable has, or a part of it', () => {
    const graph = new Graph();
    const vector = (name: string) => ({ name, length: 2, initialiser: zeros });
    variable(graph, 'w', [2], zeros);
    pack(graph, 'whole', [vector('a'), vector('b')]);
    const refused = /a name that no other variable has/;
    for (const name of ['w', 'whole', 'b']) {
      expect(() => variable(graph, name, [2], zeros)).toThrow(refused);
      expect(() => pack(graph, `of_${name}`, [vector(`c_${name}`), vector(name)])).toThrow(refused);
    }
  });

  it('leaves no trace of a shape between two others', () => {
    const graph = new Graph();
    const x = placeholder(graph, 'x', 'float32', [2, 6]);
    const flat = reshape(x, [12]);
    expect(reshape(flat, [2, 6])).toBe(x);
    expect(reshape(flat, [3, 4]).operation.inputs[0]).toBe(x);
  });

  it('leaves a scope again when building throws', () => {
    const graph = new Graph();
    expect(() =>
      graph.scope('a', () => {
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(placeholder(graph, 'x', 'int32', []).name).toBe('x:0');
  });

  it('refuses inputs of another graph, by name', () => {
    const x = placeholder(new Graph(), 'x', 'float32', []);
    const y = placeholder(new Graph(), 'y', 'float32', []);
    expect(() => add(x, y)).toThrow(
      new GraphError('AddV2', 'inputs of the same graph', 'y:0 of another graph'),
    );
  });

  it('refuses names TensorFlow would not take', () => {
    expect(() => placeholder(new Graph(), 'two words', 'int32', [])).toThrow(
      /two words.*name TensorFlow accepts/,
    );
  });

  it('keeps every node after its inputs and control inputs', () => {
    const graph = new Graph();
    const x = constant(graph, 'float32', 1);
    const first = identity(x, { name: 'first' });
    identity(x, { name: 'second', after: [first.operation] });
    const order = graph.operations;
    for (const operation of order)
      for (const before of [...operation.inputs.map((t) => t.operation), ...operation.control])
        expect(order.indexOf(before)).toBeLessThan(order.indexOf(operation));
  });

  it('returns outputs with the types it was asked for', () => {
    const graph = new Graph();
    const [a, b] = graph.add({
      type: 'Made',
      attributes: { T: attr.type('float32') },
      outputs: [
        { dtype: 'float32', shape: [2] },
        { dtype: 'int32', shape: [] },
      ],
    });
    const typed: ['float32', 'int32'] = [a.dtype, b.dtype];
    expect(typed).toEqual(['float32', 'int32']);
    expect(b.name).toBe('Made:1');
  });

  it('has equal constants and fills once, in each loop', () => {
    const graph = new Graph();
    const pair = () => [constant(graph, 'float32', [0, 1]), fill(graph, 'float32', 0, [8])];
    const count = placeholder(graph, 'count', 'int32', []);
    const outside = graph.scope('a', pair);
    expect(graph.scope('b', pair)).toEqual(outside);
    loop({ name: 'loop', count }, [], () => {
      const inside = pair();
      expect(pair()).toEqual(inside);
      inside.forEach((value, i) => {
        expect(value).not.toBe(outside[i]);
      });
      return { carried: [] };
    });
    const others = [
      constant(graph, 'float32', [-0, 1]),
      constant(graph, 'float32', [0, 1], [2, 1]),
      constant(graph, 'int32', [0, 0x3f800000]),
      fill(graph, 'float32', 1, [8]),
    ];
    expect(new Set([...outside, ...others].map(({ name }) => name)).size).toBe(6);
  });
});
