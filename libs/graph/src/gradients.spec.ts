import { gradients } from './gradients';
import { Graph } from './graph';
import { argMax } from './ops/arg-max';
import { add, cast, floor, multiply } from './ops/arithmetic';
import { conv2d } from './ops/convolution';
import { sum } from './ops/sum';
import { placeholder } from './ops/source';

const input = (graph: Graph, name: string, ...shape: number[]) => placeholder(graph, name, 'float32', shape);
const typesIn = (graph: Graph) => graph.operations.map(({ type }) => type);

describe('gradients', () => {
  it('have the shape and type of what they belong to', () => {
    const graph = new Graph();
    const [x, w] = [input(graph, 'x', 2, 5, 5, 3), input(graph, 'w', 3, 3, 3, 4)];
    const y = conv2d(cast(x, 'bfloat16'), cast(w, 'bfloat16'), { padding: 1 });
    const [dx, dw] = gradients(sum(cast(y, 'float32')), [x, w]);
    expect([dx?.shape, dx?.dtype]).toEqual([x.shape, 'float32']);
    expect([dw?.shape, dw?.dtype]).toEqual([w.shape, 'float32']);
  });

  it('are named after the forward node', () => {
    const graph = new Graph();
    const [x, w] = [input(graph, 'x', 2, 5, 5, 3), input(graph, 'w', 3, 3, 3, 4)];
    const y = graph.scope('layer1.0.conv1', () => conv2d(x, w));
    expect(gradients(sum(y), [w])[0]?.name).toBe('gradients/layer1.0.conv1/Conv2D/Conv2DBackpropFilter:0');
  });

  it('are not computed for what nobody asks for', () => {
    const graph = new Graph();
    const [x, w] = [input(graph, 'x', 2, 5, 5, 3), input(graph, 'w', 3, 3, 3, 4)];
    gradients(sum(conv2d(x, w)), [w]);
    expect(typesIn(graph)).toContain('Conv2DBackpropFilter');
    expect(typesIn(graph)).not.toContain('Conv2DBackpropInput');
  });

  it('add up over every way to the loss', () => {
    const graph = new Graph();
    const x = input(graph, 'x', 3);
    const [twice] = gradients(sum(add(x, x)), [x]);
    expect(twice?.operation.type).toBe('AddV2');
    const [many] = gradients(sum(add(add(x, x), x)), [x]);
    expect(many?.operation.type).toBe('AddN');
  });

  it('refuse a loss that is not a scalar', () => {
    const x = input(new Graph(), 'x', 3);
    expect(() => gradients(x, [x])).toThrow(/scalar loss, given \[3\]/);
  });

  it('refuse a source the loss does not depend on, by name', () => {
    const graph = new Graph();
    const [x, y] = [input(graph, 'x', 3), input(graph, 'unused', 3)];
    expect(() => gradients(sum(x), [x, y])).toThrow(/depends on unused:0/);
  });

  it('refuse an op without a rule, by name', () => {
    const graph = new Graph();
    const x = input(graph, 'x', 3);
    expect(() => gradients(sum(graph.scope('a', () => floor(x))), [x])).toThrow(
      /a\/Floor.*Floor, which has none/,
    );
  });

  it('pass by ops without a rule that lie beside the way', () => {
    const graph = new Graph();
    const [x, y] = [input(graph, 'x', 3), input(graph, 'y', 3)];
    argMax(x, 'int32');
    expect(gradients(sum(multiply(x, floor(y))), [x])).toHaveLength(1);
  });

  it('check what a rule returns', () => {
    const graph = new Graph();
    const x = input(graph, 'x', 3);
    const wrong = { Sum: () => [input(graph, 'g', 2)] };
    expect(() => gradients(sum(x), [x], wrong)).toThrow(
      /gradient of Sum: expected float32 \[3\], as x:0, given float32 \[2\]/,
    );
  });
});
