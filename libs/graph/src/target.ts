/**
 * What a graph is to run on, as far as ops are written in another way for it. A graph for one target runs on any other
 * too, with the same results up to rounding, only slower.
 */
export interface Target {
  /** Whether the CPU multiplies tiles of bfloat16 matrices (Intel AMX), several times as fast as it does vectors. */
  readonly tiles: boolean;
  /** Whether ops that go element by element over bfloat16 are faster compiled into one. */
  readonly fuses: boolean;
}

/** What is not known yet, but is likely: a CPU with AVX-512. For forecasts of what a graph takes. */
export const usualTarget: Target = { tiles: false, fuses: true };

export const anyTarget: Target = { tiles: false, fuses: false };
