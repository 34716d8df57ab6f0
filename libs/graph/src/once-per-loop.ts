import type { Frame } from './frame';

/** What each loop of a graph has once at most, and what lies outside of loops too: built where it is first asked for. */
export class OncePerLoop<T> {
  readonly #known = new Map<Frame | undefined, T>();

  constructor(
    private readonly graph: { readonly frame: Frame | undefined },
    private readonly build: () => T,
  ) {}

  /** That of the loop that nodes are being added to. */
  get value(): T {
    const { frame } = this.graph;
    const known = this.#known.get(frame);
    if (known !== undefined) return known;
    const built = this.build();
    this.#known.set(frame, built);
    return built;
  }
}
