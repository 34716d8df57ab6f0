import { attr, type Attributes } from '../attribute';
import type { Checks } from '../checks';
import { showShape } from '../shape';

type Size = readonly [height: number, width: number];

/** How a convolution or pooling window moves over an image, and what size comes out. */
export interface Window {
  readonly outputSize: Size;
  /** Cells to add around the image first, per axis of [batch, height, width, channels]. */
  readonly paddings: readonly (readonly [before: number, after: number])[];
  readonly attributes: Attributes;
}

/**
 * Symmetric padding, written in the way TensorFlow runs fastest: as SAME or VALID where those mean the same thing,
 * otherwise as VALID on an image that is padded first, no further than windows reach. TensorFlow has EXPLICIT padding
 * too, but its oneDNN kernels leave the fast path for it: a bfloat16 step of ResNet-20 then takes twice as long.
 */
export function resolveWindow(
  check: Checks,
  size: Size,
  kernel: Size,
  stride: number,
  padding: number,
): Window {
  check.that(Number.isInteger(stride) && stride >= 1, 'a whole stride of at least 1', stride);
  check.that(Number.isInteger(padding) && padding >= 0, 'a whole padding of at least 0', padding);
  const outputSize = bothAxes((axis) => Math.floor((size[axis] + 2 * padding - kernel[axis]) / stride) + 1);
  check.that(
    outputSize.every((n) => n >= 1),
    `an image of at least ${showShape(kernel)} with padding ${String(padding)}`,
    showShape(size),
  );
  const same = bothAxes((axis) => isSame(size[axis], kernel[axis], stride, padding)).every(Boolean);
  const after = bothAxes((axis) =>
    Math.max(0, (outputSize[axis] - 1) * stride + kernel[axis] - padding - size[axis]),
  );
  const none = [0, 0] as const;
  return {
    outputSize,
    paddings: same ? [none, none, none, none] : [none, [padding, after[0]], [padding, after[1]], none],
    attributes: {
      strides: attr.ints([1, stride, stride, 1]),
      padding: attr.string(same && padding > 0 ? 'SAME' : 'VALID'),
    },
  };
}

/** Whether TensorFlow's SAME adds exactly `padding` on both sides of an axis. */
function isSame(size: number, kernel: number, stride: number, padding: number): boolean {
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + kernel - size, 0);
  return total === 2 * padding;
}

const bothAxes = <T>(f: (axis: 0 | 1) => T): readonly [T, T] => [f(0), f(1)];
