import { fused } from './fused';
import { gradients } from './gradients';
import { Graph } from './graph';
import { GraphError } from './graph-error';
import { relu } from './ops/activation';
import { add, negate } from './ops/arithmetic';
import { placeholder } from './ops/source';
import { sum } from './ops/sum';
import { writeSavedModel } from './saved-model';

describe('fused', () => {
  it('has one function for the same ops, whatever the shape', () => {
    const graph = new Graph();
    const calls = [[4], [2, 3], [3, 2]].map((shape) => {
      const x = placeholder(graph, 'x', 'float32', shape);
      return fused('Twice', [x, x], (a, b) => relu(add(a, b)));
    });
    expect(calls.map(({ shape }) => shape)).toEqual([[4], [6], [6]]);
    expect([...graph.functions.keys()]).toEqual(['Twice_float32']);
    const bfloat16 = placeholder(graph, 'x', 'bfloat16', [4]);
    fused('Twice', [bfloat16, bfloat16], (a, b) => relu(add(a, b)));
    expect([...graph.functions.keys()]).toEqual(['Twice_float32', 'Twice_bfloat16']);
  });

  it('has no gradient unless it is given one', () => {
    const x = placeholder(new Graph(), 'x', 'float32', [4]);
    expect(() => gradients(sum(fused('Relu', [x], relu)), [x])).toThrow(GraphError);
    const given = fused('ReluAgain', [x], relu, (_, upstream) => upstream);
    expect(gradients(sum(given), [x]).map(({ shape }) => shape)).toEqual([[4]]);
  });

  it('refuses ops whose output it cannot call by name', () => {
    const x = placeholder(new Graph(), 'x', 'float32', [4]);
    fused('Minus', [x], negate);
    expect(() => writeSavedModel(x.graph)).toThrow(/Neg: .*output has a name in functions.*Neg/);
  });
});
