import {
  add,
  assign,
  atLeast,
  choose,
  constant,
  initialisers,
  maximum,
  minimum,
  multiply,
  variable,
  type Graph,
  type Operation,
  type Tensor,
  type Variable,
} from '@fathom/graph';

const INITIAL_SCALE = 2 ** 15;
/** Steps without an overflow after which a larger scale is tried. */
const GROWTH_INTERVAL = 2000;
/** Between these the scale and its inverse are exact in float32, and a loss times the scale is finite. */
const [SMALLEST, LARGEST] = [2 ** -14, 2 ** 24];

/**
 * Dynamic loss scaling (Micikevicius et al. 2018, arXiv 1710.03740, section 3.2): float16 has no numbers between 0 and
 * 6e-8, and many gradients are smaller. The loss is multiplied by a scale before it is differentiated and the gradients
 * divided by it afterwards, in float32. Where that made any gradient overflow the step is left out and the scale
 * halved; after 2,000 steps in a row that went well it doubles, as in torch.amp.GradScaler.
 */
export class LossScaling {
  readonly #scale: Variable;
  readonly #goodSteps: Variable;

  constructor(graph: Graph) {
    this.#scale = variable(graph, 'loss_scale', [], initialisers.filled(INITIAL_SCALE));
    this.#goodSteps = variable(graph, 'loss_scale.good_steps', [], initialisers.zeros);
  }

  /** By what the loss of this step is multiplied, and its gradients are too large: scalar. */
  get scale(): Tensor<'float32'> {
    return this.#scale.value;
  }

  /** The loss to differentiate. */
  scaled(loss: Tensor<'float32'>): Tensor<'float32'> {
    return multiply(loss, this.scale);
  }

  /** The nodes that adapt the scale. @param usable whether every gradient of this step is finite */
  adapt(usable: Tensor<'bool'>): Operation[] {
    const float = (value: number) => constant(usable.graph, 'float32', value);
    const good = add(this.#goodSteps.value, float(1));
    const grows = atLeast(good, float(GROWTH_INTERVAL));
    const larger = minimum(multiply(this.scale, float(2)), float(LARGEST));
    const smaller = maximum(multiply(this.scale, float(0.5)), float(SMALLEST));
    return [
      assign(this.#scale, choose(usable, choose(grows, larger, this.scale), smaller)),
      assign(this.#goodSteps, choose(usable, choose(grows, float(0), good), float(0))),
    ];
  }
}
