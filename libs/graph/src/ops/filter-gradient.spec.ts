import { gradients } from '../gradients';
import { Graph } from '../graph';
import { liveBytes } from '../live-bytes';
import { anyTarget } from '../target';
import { cast } from './arithmetic';
import { conv2d } from './convolution';
import { group, placeholder } from './source';
import { sum } from './sum';

const [BATCH, SIZE, CHANNELS] = [16, 14, 128];

/** Bytes at the worst moment of forward and backward passes through 3x3 convolutions, one after the other. */
function peakOf(layers: number, tiles: boolean): number {
  const graph = new Graph({ ...anyTarget, tiles });
  const filters = Array.from({ length: layers }, (_, i) =>
    placeholder(graph, `filter${String(i)}`, 'bfloat16', [3, 3, CHANNELS, CHANNELS]),
  );
  const x = placeholder(graph, 'x', 'bfloat16', [BATCH, SIZE, SIZE, CHANNELS]);
  const y = filters.reduce((input, filter) => conv2d(input, filter, { padding: 1 }), x);
  const found = gradients(sum(cast(y, 'float32')), filters);
  const done = group(
    graph,
    found.map(({ operation }) => operation),
    'done',
  );
  expect(graph.operations.some(({ type }) => type === 'MatMul')).toBe(tiles);
  return liveBytes(done).peak;
}

describe('the patches of filter gradients', () => {
  it('exist for a few convolutions at a time, although all inputs are there long before', () => {
    const patchesOf = (layers: number) => peakOf(layers, true) - peakOf(layers, false);
    expect(patchesOf(30)).toBeLessThan(1.05 * patchesOf(15));
  });
});
