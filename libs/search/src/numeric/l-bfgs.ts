import { dot } from './dot';

/** A function and its gradient; Infinity (with any gradient) where it is not defined. */
export type Differentiable = (x: Float64Array) => { readonly value: number; readonly gradient: Float64Array };

export interface Minimisation {
  /** Box that x stays inside; absent: unbounded. */
  readonly lower?: Float64Array;
  readonly upper?: Float64Array;
  readonly maxIterations: number;
  /** Done where no component of the projected gradient is larger. */
  readonly tolerance: number;
}

export interface Minimum {
  readonly x: Float64Array;
  readonly value: number;
}

/** Pairs of steps and changes of gradient that stand for the Hessian. */
const MEMORY = 10;
/** Sufficient decrease, as in Nocedal and Wright's line searches. */
const ARMIJO = 1e-4;
const MAX_HALVINGS = 20;

interface Pair {
  readonly step: Float64Array;
  readonly change: Float64Array;
  readonly curvature: number;
}

/**
 * L-BFGS (Nocedal and Wright 2006, "Numerical Optimization", algorithm 7.4) with a backtracking line search. A box is
 * kept by projection: coordinates at a bound that the gradient pushes outwards rest, the others move along the
 * quasi-Newton direction and are clipped (Bertsekas 1982, "Projected Newton methods", section 2).
 */
export function minimise(f: Differentiable, start: Float64Array, options: Minimisation): Minimum {
  const { lower, upper, maxIterations, tolerance } = options;
  const project = (x: Float64Array) =>
    x.map((value, i) => Math.min(upper?.[i] ?? Infinity, Math.max(lower?.[i] ?? -Infinity, value)));
  const isHeld = (x: Float64Array, gradient: Float64Array, i: number): boolean => {
    const [value, slope] = [x[i] ?? 0, gradient[i] ?? 0];
    return (
      (slope > 0 && value <= (lower?.[i] ?? -Infinity)) || (slope < 0 && value >= (upper?.[i] ?? Infinity))
    );
  };

  let x: Float64Array = project(start);
  let { value, gradient } = f(x);
  const pairs: Pair[] = [];
  for (let iteration = 0; iteration < maxIterations && Number.isFinite(value); iteration++) {
    const free = gradient.map((slope, i) => (isHeld(x, gradient, i) ? 0 : slope));
    if (free.every((slope) => Math.abs(slope) <= tolerance)) break;
    let direction = quasiNewton(free, pairs).map((d, i) => (isHeld(x, gradient, i) ? 0 : d));
    if (dot(direction, free) >= 0) {
      pairs.length = 0;
      direction = free.map((slope) => -slope);
    }
    // The first step has no curvature to go by: at most a unit long.
    const first = pairs.length === 0 ? Math.min(1, 1 / Math.sqrt(dot(direction, direction))) : 1;
    const next = search(f, project, { x, value, gradient }, direction, first);
    if (next === undefined) {
      if (pairs.length === 0) break;
      pairs.length = 0;
      continue;
    }
    remember(pairs, x, gradient, next);
    ({ x, value, gradient } = next);
  }
  return { x, value };
}

interface Point extends Minimum {
  readonly gradient: Float64Array;
}

function search(
  f: Differentiable,
  project: (x: Float64Array) => Float64Array,
  from: Point,
  direction: Float64Array,
  first: number,
): Point | undefined {
  let length = first;
  for (let i = 0; i < MAX_HALVINGS; i++, length /= 2) {
    const x = project(from.x.map((value, k) => value + length * (direction[k] ?? 0)));
    const moved = from.gradient.reduce((sum, slope, k) => sum + slope * ((x[k] ?? 0) - (from.x[k] ?? 0)), 0);
    if (moved >= 0) return undefined;
    const { value, gradient } = f(x);
    if (value <= from.value + ARMIJO * moved) return { x, value, gradient };
  }
  return undefined;
}

function remember(pairs: Pair[], x: Float64Array, gradient: Float64Array, next: Point): void {
  const step = next.x.map((value, i) => value - (x[i] ?? 0));
  const change = next.gradient.map((slope, i) => slope - (gradient[i] ?? 0));
  const curvature = dot(step, change);
  // A backtracking search does not ensure positive curvature; a pair without it would spoil the direction.
  if (curvature <= 1e-10 * dot(change, change)) return;
  pairs.push({ step, change, curvature });
  if (pairs.length > MEMORY) pairs.shift();
}

/** -H g by the two-loop recursion. */
function quasiNewton(gradient: Float64Array, pairs: readonly Pair[]): Float64Array {
  const q = gradient.map((slope) => -slope);
  const weights: number[] = [];
  for (const { step, change, curvature } of [...pairs].reverse()) {
    const weight = dot(step, q) / curvature;
    weights.push(weight);
    add(q, change, -weight);
  }
  const last = pairs.at(-1);
  if (last !== undefined) scale(q, last.curvature / dot(last.change, last.change));
  for (const { step, change, curvature } of pairs)
    add(q, step, (weights.pop() ?? 0) - dot(change, q) / curvature);
  return q;
}

function add(to: Float64Array, x: Float64Array, factor: number): void {
  for (let i = 0; i < to.length; i++) to[i] = (to[i] ?? 0) + factor * (x[i] ?? 0);
}

function scale(x: Float64Array, factor: number): void {
  for (let i = 0; i < x.length; i++) x[i] = (x[i] ?? 0) * factor;
}
