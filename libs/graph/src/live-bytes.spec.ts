import { Graph } from './graph';
import { gradients } from './gradients';
import { liveBytes, storedBytes } from './live-bytes';
import { relu } from './ops/activation';
import { add, cast, multiply } from './ops/arithmetic';
import { conv2d } from './ops/convolution';
import { zeros } from './ops/initialiser';
import { loop } from './ops/loop';
import { mean } from './ops/mean';
import { reshape } from './ops/shape';
import { constant, fill, identity, placeholder } from './ops/source';
import { variable } from './ops/variable';

const KILO = 1024;

describe('liveBytes', () => {
  it('counts what exists at once, and not what is fed, constant or a variable', () => {
    const graph = new Graph();
    const x = placeholder(graph, 'x', 'float32', [KILO]);
    const w = variable(graph, 'w', [KILO], zeros);
    const a = multiply(x, w.value); // 4 KiB
    const b = cast(a, 'bfloat16'); // 2 KiB
    const c = cast(b, 'float32'); // 4 KiB, when a is gone
    expect(liveBytes(c.operation)).toEqual({ peak: 6 * KILO, at: 'Cast', nodes: 6 });
    // Without the last cast both of them exist for a moment all the same.
    expect(liveBytes(b.operation).peak).toBe(6 * KILO);
  });

  it('counts apart what a session keeps', () => {
    const graph = new Graph();
    variable(graph, 'w', [KILO], zeros);
    variable(graph, 'b', [3], zeros);
    expect(storedBytes(graph)).toBe(4 * KILO + 12);
  });

  it('lets kernels write over what nobody else needs', () => {
    const graph = new Graph();
    const x = placeholder(graph, 'x', 'float32', [KILO]);
    const a = multiply(x, x);
    expect(liveBytes(relu(a).operation).peak).toBe(4 * KILO);
    expect(liveBytes(add(relu(a), a).operation).peak).toBe(8 * KILO);
    expect(liveBytes(reshape(identity(relu(a)), [32, 32]).operation).peak).toBe(4 * KILO);
  });

  it('keeps for the backward pass what gradients need', () => {
    const graph = new Graph();
    const filters = [1, 2, 3].map((i) => variable(graph, `w${String(i)}`, [1, 1, 4, 4], zeros));
    let x = placeholder(graph, 'x', 'float32', [1, 16, 16, 4]);
    for (const { value } of filters) x = relu(conv2d(x, value));
    const loss = mean(x, [0, 1, 2, 3]);
    const forward = liveBytes(loss.operation).peak;
    const all = gradients(
      loss,
      filters.map(({ value }) => value),
    );
    // A convolution keeps its input, and a ReLU its output: one tensor of 4 KiB a layer.
    expect(forward).toBe(8 * KILO);
    const backward = identity(constant(graph, 'float32', 1), { after: all.map((g) => g.operation) });
    expect(liveBytes(backward.operation).peak).toBeGreaterThanOrEqual(12 * KILO);
    expect(liveBytes(backward.operation).peak).toBeLessThan(21 * KILO);
  });

  it('follows one iteration of a loop', () => {
    const graph = new Graph();
    const start = fill(graph, 'float32', 0, [KILO]);
    const [end] = loop({ name: 'rounds', count: constant(graph, 'int32', 9) }, [start], (_, [x]) => ({
      carried: [cast(cast(x, 'bfloat16'), 'float32')],
    }));
    const { peak } = liveBytes(end.operation);
    expect(peak).toBeGreaterThanOrEqual(6 * KILO);
    expect(peak).toBeLessThan(11 * KILO);
  });
});
