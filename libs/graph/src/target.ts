/**
 * What a graph is to run on, as far as ops are written in another way for it. A graph for one target runs on any other
 * too, with the same results up to rounding, only slower.
 */
export interface Target {
  /** Whether the CPU multiplies tiles of bfloat16 matrices (Intel AMX), several times as fast as it does vectors. */
  readonly tiles: boolean;
}

export const anyTarget: Target = { tiles: false };
