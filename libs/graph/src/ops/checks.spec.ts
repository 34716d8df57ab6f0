import { Graph } from '../graph';
import type { Tensor } from '../tensor';
import { argMax } from './arg-max';
import { add, addAll, cast, equal } from './arithmetic';
import { batchNormTraining } from './batch-norm';
import { conv2d } from './convolution';
import { biasAdd, matMul } from './dense';
import { zeros } from './initialiser';
import { normalise, packedBytes, packedLength } from './image';
import { crossEntropy, smoothedTargets, sparseCrossEntropy } from './loss';
import { mean } from './mean';
import { applyMuon, orthogonalise } from './muon';
import { applyMomentum } from './optimizer';
import { maxPool } from './pooling';
import { randomNormal } from './random';
import { gather } from './gather';
import { concat, reshape, split, stack, transpose } from './shape';
import { everyPixel } from './every-pixel';
import { pad, slice } from './slice';
import { constant, placeholder } from './source';
import { broadcastTo } from './sum';
import { assign, variable } from './variable';

const graph = new Graph();
const f32 = (...shape: number[]) => placeholder(graph, 'x', 'float32', shape);
const u8 = (...shape: number[]) => placeholder(graph, 'u', 'uint8', shape);
const i32 = (...shape: number[]) => placeholder(graph, 'i', 'int32', shape);
/** Tensors whose static type says something else than they are: what a caller without types could pass. */
const disguised = (dtype: 'int32' | 'bfloat16', ...shape: number[]) =>
  placeholder(graph, 'd', dtype, shape) as unknown as Tensor<'float32'>;

describe('every op says what it expects and what it was given', () => {
  const bn = (x: Tensor<'float32'>, channels: number, momentum = 0.1) => {
    const c = () => f32(channels);
    return batchNormTraining(
      { x, scale: c(), offset: c(), runningMean: c(), runningVariance: c() },
      { momentum },
    );
  };
  it.each<[string, () => unknown, RegExp]>([
    [
      'conv: rank',
      () => conv2d(f32(8, 8, 3), f32(3, 3, 3, 4)),
      /Conv2D: expected input of rank 4, given \[8, 8, 3\]/,
    ],
    ['conv: channels', () => conv2d(f32(1, 8, 8, 3), f32(3, 3, 4, 4)), /3 channels.*given \[3, 3, 4, 4\]/],
    [
      'conv: type',
      () => conv2d(f32(1, 8, 8, 3), disguised('bfloat16', 3, 3, 3, 4)),
      /float32, given bfloat16/,
    ],
    [
      'conv: stride',
      () => conv2d(f32(1, 8, 8, 3), f32(3, 3, 3, 4), { stride: 1.5 }),
      /whole stride.*given 1.5/,
    ],
    ['conv: size', () => conv2d(f32(1, 2, 2, 3), f32(5, 5, 3, 4)), /at least \[5, 5\].*given \[2, 2\]/],
    [
      'pool: padding',
      () => maxPool(f32(1, 8, 8, 1), { size: 2, stride: 2, padding: 2 }),
      /half the window, given 2/,
    ],
    ['norm: channels', () => bn(f32(1, 8, 8, 3), 4), /scale of shape \[3\], given \[4\]/],
    ['norm: momentum', () => bn(f32(1, 8, 8, 3), 3, 0), /momentum in \(0, 1\], given 0/],
    ['matmul: inner', () => matMul(f32(2, 3), f32(4, 5)), /second factor of 3 rows, given 4/],
    ['bias', () => biasAdd(f32(2, 3), f32(2)), /bias of shape \[3\], given \[2\]/],
    ['add: shape', () => add(f32(2, 3), f32(2)), /broadcasts with \[2, 3\], given \[2\]/],
    ['add: type', () => add(f32(2), disguised('int32', 2)), /float32, given int32/],
    ['addAll', () => addAll([f32(2), f32(2), f32(1)]), /operand of shape \[2\], given \[1\]/],
    ['equal', () => equal(f32(2), f32(1)), /shape \[2\], given \[1\]/],
    ['reshape', () => reshape(f32(2, 3), [4]), /6 elements, given \[4\]/],
    ['broadcast', () => broadcastTo(f32(2, 3), [3]), /to which \[2, 3\] broadcasts, given \[3\]/],
    ['pad', () => pad(f32(2), [[0, -1]]), /at least 0, given \[0, -1\]/],
    ['slice', () => slice(f32(4), [2], [3]), /inside \[4\], given \[2\] \+ \[3\]/],
    [
      'every pixel: step',
      () => everyPixel(f32(1, 4, 4, 3), { step: 0, rows: 2, columns: 2 }),
      /at least 1, given 0/,
    ],
    [
      'every pixel: outside',
      () => everyPixel(f32(1, 4, 4, 3), { step: 2, rows: 2, columns: 3 }),
      /inside \[1, 4, 4, 3\], given \[2, 4\]/,
    ],
    ['normalise', () => normalise(u8(4, 4, 3), f32(3), f32(3)), /images of rank 4/],
    ['transpose', () => transpose(f32(2, 3), [0, 0]), /permutation.*given \[0, 0\]/],
    ['concat', () => concat([f32(2, 3), f32(3, 3)], 1), /along axis 1 only, given \[3, 3\]/],
    ['split', () => split(f32(5, 2), [2, 2]), /whose sum is 5, given 4/],
    ['stack', () => stack([f32(2), f32(3)]), /shape \[2\], given \[3\]/],
    ['gather', () => gather(f32(), i32(2)), /rank 1 or more/],
    ['mean', () => mean(f32(2, 3), [2]), /axes of \[2, 3\], given \[2\]/],
    ['argMax', () => argMax(f32(), 'int64'), /rank of at least 1/],
    ['sparse loss', () => sparseCrossEntropy(f32(4, 10), i32(5)), /labels of shape \[4\], given \[5\]/],
    ['loss', () => crossEntropy(f32(4, 10), f32(4, 9)), /targets of shape \[4, 10\], given \[4, 9\]/],
    ['smoothing', () => smoothedTargets(i32(4), 10, 1), /in \[0, 1\), given 1/],
    ['random', () => randomNormal(i32(3), [2]), /key of shape \[2\], given \[3\]/],
    [
      'assign',
      () => assign(variable(graph, 'v', [2], zeros), f32(3)),
      /value for v of shape \[2\], given \[3\]/,
    ],
    [
      'momentum',
      () => {
        const [w, m] = [variable(graph, 'w', [2], zeros), variable(graph, 'm', [3], zeros)];
        return applyMomentum(w, m, f32(2), { learningRate: f32(), momentum: 0.9 });
      },
      /velocity of shape \[2\], given \[3\]/,
    ],
    ['orthogonalise', () => orthogonalise(f32(3)), /matrix of rank 2, given \[3\]/],
    [
      'Muon',
      () => {
        const [w, v] = [variable(graph, 'w1', [2], zeros), variable(graph, 'v1', [2], zeros)];
        return applyMuon(w, v, f32(2), { learningRate: f32(), momentum: 0.9 });
      },
      /a weight of rank 2 or more, given 1/,
    ],
    ['constant', () => constant(graph, 'float32', [1, 2, 3], [2]), /2 values, given 3/],
  ])('%s', (_, build, message) => {
    expect(build).toThrow(message);
  });

  it('names the scope the op stands in', () => {
    expect(() => graph.scope('layer1.0.conv1', () => conv2d(f32(1, 8, 8, 3), f32(3, 3, 9, 4)))).toThrow(
      /^layer1\.0\.conv1\/Conv2D: /,
    );
  });
});

describe('shapes', () => {
  it('follow the convention of PyTorch for convolution and pooling', () => {
    const sizes = [7, 8, 9, 32, 33].flatMap((size) =>
      [1, 2, 3].flatMap((step) =>
        [0, 1, 2, 3].map((padding) => {
          const { shape } = conv2d(f32(1, size, size, 1), f32(7, 7, 1, 1), { stride: step, padding });
          return [shape[1], Math.floor((size + 2 * padding - 7) / step) + 1];
        }),
      ),
    );
    for (const [given, expected] of sizes) expect(given).toBe(expected);
    expect(maxPool(f32(1, 112, 112, 4), { size: 3, stride: 2, padding: 1 }).shape).toEqual([1, 56, 56, 4]);
  });

  it('broadcast as NumPy does', () => {
    expect(add(f32(2, 1, 3), f32(4, 1)).shape).toEqual([2, 4, 3]);
    expect(add(f32(), f32(5)).shape).toEqual([5]);
  });

  it('packs four bytes to a number, rounded up', () => {
    expect(packedLength(9)).toBe(3);
    expect(packedBytes(graph, 'p', [3, 3]).shape).toEqual([3, 3]);
  });

  it('adds no node for what changes nothing', () => {
    const x = f32(2, 3);
    expect([reshape(x, [2, 3]), broadcastTo(x, [2, 3]), slice(x, [0, 0], [2, 3])]).toEqual([x, x, x]);
    expect(cast(x, 'float32')).toBe(x);
  });
});
