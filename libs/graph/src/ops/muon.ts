import { checksFor } from '../checks';
import type { FloatDType } from '../dtype';
import { sizeOf } from '../shape';
import type { Operation, Tensor } from '../tensor';
import { add, cast, divide, multiply } from './arithmetic';
import { checkStep } from './check-step';
import { matMul } from './dense';
import { maximum } from './elementwise';
import { globalNorm, moveAgainst, type MomentumOptions } from './optimizer';
import { setting } from './setting';
import { reshape } from './shape';
import { constant } from './source';
import { assign, type Variable } from './variable';

/** Of the quintic that is iterated: a s + b s^3 + c s^5 of each singular value s. Jordan 2024, see {@link applyMuon}. */
const [A, B, C] = [3.4445, -4.775, 2.0315] as const;
const ITERATIONS = 5;
/** No smaller norm is divided by. */
const SMALLEST_NORM = 1e-7;

/**
 * The nearest matrix to `x` that has orthogonal rows or columns, roughly, and times a number: every singular value of
 * 0.002 of the norm or more ends between 0.68 and 1.21. Five Newton-Schulz iterations (Jordan 2024, see
 * {@link applyMuon}); zeros stay zeros.
 *
 * @param x [m, n]
 * @param precision that products are computed in
 */
export function orthogonalise(x: Tensor<'float32'>, precision: FloatDType = 'float32'): Tensor<'float32'> {
  const { graph } = x;
  checksFor(graph, 'Orthogonalise').rank('matrix', x, 2);
  const [rows = 0, columns = 0] = x.shape;
  const isTall = rows > columns;
  const number = (value: number) => constant(graph, precision, value);
  const norm = maximum(globalNorm([x]), constant(graph, 'float32', SMALLEST_NORM));
  let y = cast(divide(x, norm), precision);
  for (let i = 0; i < ITERATIONS; i++) {
    // Of the shorter side, which makes the products the smaller.
    const gram = isTall ? matMul(y, y, { transposeA: true }) : matMul(y, y, { transposeB: true });
    const factor = add(multiply(gram, number(B)), multiply(matMul(gram, gram), number(C)));
    y = add(multiply(y, number(A)), isTall ? matMul(y, factor) : matMul(factor, y));
  }
  return cast(y, 'float32');
}

/** Multiply-accumulates of {@link orthogonalise}: three products in each iteration. */
export function orthogonaliseMacs([rows, columns]: readonly [number, number]): number {
  const [short, long] = [Math.min(rows, columns), Math.max(rows, columns)];
  return ITERATIONS * (2 * short * short * long + short ** 3);
}

export interface MuonOptions extends Omit<MomentumOptions, 'weightDecay'> {
  /** That matrices are orthogonalised in. */
  readonly precision?: FloatDType;
}

/**
 * One step of Muon as torch.optim.Muon has it (Jordan 2024, https://kellerjordan.github.io/posts/muon): the velocity
 * v = momentum v + g, or with Nesterov g + momentum v, is made orthogonal; w = w - rate (scale O + decay w), where
 * scale = sqrt(max(1, outputs / inputs)). Weights are matrices [..., outputs]: the inputs of a filter are all its pixels
 * and channels.
 *
 * @param weight of rank 2 or more
 * @param velocity a variable of the shape of `weight`, zero before the first step
 */
export function applyMuon(
  weight: Variable,
  velocity: Variable,
  gradient: Tensor<'float32'>,
  { learningRate, momentum, nesterov = false, decoupledDecay = 0, precision = 'float32' }: MuonOptions,
): Operation {
  const { graph } = gradient;
  checksFor(graph, 'Muon').that(weight.shape.length >= 2, 'a weight of rank 2 or more', weight.shape.length);
  checkStep('Muon', weight, { velocity }, gradient, learningRate);
  const outputs = weight.shape.at(-1) ?? 1;
  const inputs = sizeOf(weight.shape) / outputs;
  const kept = setting(graph, momentum);
  const moved = add(multiply(velocity.value, kept), gradient);
  const ahead = nesterov ? add(gradient, multiply(moved, kept)) : moved;
  const orthogonal = reshape(orthogonalise(reshape(ahead, [inputs, outputs]), precision), weight.shape);
  const scale = Math.sqrt(Math.max(1, outputs / inputs));
  const scaled = scale === 1 ? orthogonal : multiply(orthogonal, constant(graph, 'float32', scale));
  const decayed =
    decoupledDecay === 0
      ? scaled
      : add(scaled, multiply(weight.value, constant(graph, 'float32', decoupledDecay)));
  return moveAgainst(weight, decayed, learningRate, [assign(velocity, moved)]);
}
