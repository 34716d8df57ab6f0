import { attr, type Attributes } from '../attribute';
import type { Checks } from '../checks';
import { showShape } from '../shape';

type Size = readonly [height: number, width: number];

/** How a convolution or pooling window moves over an image, as node attributes, and what size comes out. */
export interface Window {
  readonly outputSize: Size;
  readonly attributes: Attributes;
}

/**
 * Symmetric padding, written in the way TensorFlow runs fastest: VALID and SAME where they mean the same thing
 * (kernels have special paths for them), EXPLICIT otherwise.
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
  const output = ([0, 1] as const).map(
    (axis) => Math.floor((size[axis] + 2 * padding - kernel[axis]) / stride) + 1,
  ) as [number, number];
  check.that(
    output.every((n) => n >= 1),
    `an image of at least ${showShape(kernel)} with padding ${String(padding)}`,
    showShape(size),
  );
  const symmetricSame = ([0, 1] as const).every((axis) => isSame(size[axis], kernel[axis], stride, padding));
  const mode = padding === 0 ? 'VALID' : symmetricSame ? 'SAME' : 'EXPLICIT';
  return {
    outputSize: output,
    attributes: {
      strides: attr.ints([1, stride, stride, 1]),
      padding: attr.string(mode),
      explicit_paddings: attr.ints(
        mode === 'EXPLICIT' ? [0, 0, padding, padding, padding, padding, 0, 0] : [],
      ),
    },
  };
}

/** Whether TensorFlow's SAME adds exactly `padding` on both sides of an axis. */
function isSame(size: number, kernel: number, stride: number, padding: number): boolean {
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + kernel - size, 0);
  return total === 2 * padding;
}
