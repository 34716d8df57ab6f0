/** A node that TensorFlow would refuse, or that no gradient rule covers; raised while the graph is built. */
export class GraphError extends Error {
  override readonly name = 'GraphError';

  constructor(
    /** The op being built, with the scope it stands in: `layer1.0.conv1/Conv2D`. */
    readonly op: string,
    readonly expected: string,
    readonly given: string,
  ) {
    super(`${op}: expected ${expected}, given ${given}`);
  }
}
