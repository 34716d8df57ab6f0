import type { Operation, Tensor } from './tensor';

/**
 * The inside of a loop: its nodes run once per iteration. TensorFlow calls it an execution frame, and lets values in
 * and out through Enter and Exit nodes only.
 */
export class Frame {
  /** What stands inside the loop for a value from outside that is the same in every iteration. */
  readonly captured = new Map<Tensor, Tensor>();
  #start: Operation | undefined;

  constructor(
    /** Unique in the graph. */
    readonly name: string,
    readonly outer: Frame | undefined,
  ) {}

  /** The node that begins an iteration; absent until the loop has its condition. */
  get start(): Operation | undefined {
    return this.#start;
  }

  startWith(operation: Operation): void {
    this.#start = operation;
  }

  /** Whether this frame is `other` or lies inside it; every frame lies inside `undefined`, the graph itself. */
  isInside(other: Frame | undefined): boolean {
    return this === other || (this.outer ? this.outer.isInside(other) : other === undefined);
  }
}
