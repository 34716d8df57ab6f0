/**
 * Static shape: every dimension is known when the graph is built. `[]` is a scalar. Only where a run feeds as many
 * rows as it likes is the first dimension -1.
 */
export type Shape = readonly number[];

export const sizeOf = (shape: Shape): number => shape.reduce((product, dim) => product * dim, 1);

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((dim, i) => dim === b[i]);

export const showShape = (shape: Shape): string => `[${shape.join(', ')}]`;

/** Dimension `axis` of `shape`; negative axes count from the end. */
export function dimension(shape: Shape, axis: number): number {
  const dim = shape.at(axis);
  if (dim === undefined) throw new RangeError(`shape ${showShape(shape)} has no axis ${String(axis)}`);
  return dim;
}

/** NumPy's broadcasting rule; `undefined` where the shapes do not fit. */
export function broadcastShape(a: Shape, b: Shape): Shape | undefined {
  const rank = Math.max(a.length, b.length);
  const out: number[] = [];
  for (let i = 1; i <= rank; i++) {
    const [m, n] = [a.at(-i) ?? 1, b.at(-i) ?? 1];
    // `at(-i)` past the front is undefined: a missing axis behaves as one of size 1.
    if (m !== n && m !== 1 && n !== 1) return undefined;
    out.unshift(m === 1 ? n : m);
  }
  return out;
}

/** Axes of `to` over which a tensor of shape `from` was repeated by broadcasting. */
export function broadcastAxes(from: Shape, to: Shape): number[] {
  const offset = to.length - from.length;
  return to.flatMap((dim, axis) => (axis < offset || (from[axis - offset] === 1 && dim !== 1) ? [axis] : []));
}
