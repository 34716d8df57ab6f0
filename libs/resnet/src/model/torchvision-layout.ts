import { asFloat32, isFloatTensor, type SafeTensor } from '@fathom/safetensors';
import { convolutionsOf, type Architecture } from '../architecture/architecture';
import { ConfigurationError } from '../configuration-error';
import type { CheckpointTensor } from '../training/checkpoint';

/** One entry of the `state_dict` of a torchvision ResNet. */
export interface TorchvisionEntry {
  /** torchvision's name, which is that of our variable too. */
  readonly name: string;
  /** Convolutions [out, in, height, width], the dense layer [out, in], the rest [channels] or []. */
  readonly shape: readonly number[];
  readonly kind: 'convolution' | 'dense' | 'vector' | 'counter';
}

/** The `state_dict` of the network in torchvision's order: parameters, running statistics and batch counters. */
export function torchvisionEntries(architecture: Architecture): readonly TorchvisionEntry[] {
  const layers = convolutionsOf(architecture).flatMap(
    ({ name, norm, kernel, inputs, outputs }): TorchvisionEntry[] => [
      { name: `${name}.weight`, shape: [outputs, inputs, kernel, kernel], kind: 'convolution' },
      ...['weight', 'bias', 'running_mean', 'running_var'].map((part): TorchvisionEntry => ({
        name: `${norm}.${part}`,
        shape: [outputs],
        kind: 'vector',
      })),
      { name: `${norm}.num_batches_tracked`, shape: [], kind: 'counter' },
    ],
  );
  const { features, classes } = architecture;
  return [
    ...layers,
    { name: 'fc.weight', shape: [classes, features], kind: 'dense' },
    { name: 'fc.bias', shape: [classes], kind: 'vector' },
  ];
}

export interface TorchvisionExport {
  /** `ema`: the moving averages of parameters and running statistics, in place of their last values. */
  readonly weights?: 'last' | 'ema';
  /** For `num_batches_tracked`, which torchvision counts and does not use. Default 0. */
  readonly steps?: number;
}

/**
 * Variables of a network as a `state_dict` that torchvision loads with `strict=True`.
 *
 * @param state by variable name, in our layout: a checkpoint's tensors; what else is in there is left out
 * @throws ConfigurationError where a variable is missing or has another shape
 */
export function toTorchvision(
  architecture: Architecture,
  state: Readonly<Record<string, CheckpointTensor>>,
  { weights = 'last', steps = 0 }: TorchvisionExport = {},
): Record<string, SafeTensor> {
  const suffix = weights === 'ema' ? '.ema' : '';
  const tensors = torchvisionEntries(architecture).map((entry): [string, SafeTensor] => {
    const { name, shape, kind } = entry;
    if (kind === 'counter') return [name, { dtype: 'I64', shape: [], data: BigInt64Array.of(BigInt(steps)) }];
    const given = state[name + suffix];
    const inner = innerShape(entry);
    if (given?.shape.join() !== inner.join())
      throw new ConfigurationError(`variable ${name}${suffix}`, show(given), `F32 [${inner.join(', ')}]`);
    const { outputs, inputs, places } = axesOf(entry);
    return [name, { dtype: 'F32', shape, data: swapEnds(given.data, [places, inputs, outputs]) }];
  });
  return Object.fromEntries(tensors);
}

export interface ImportedState {
  /** By variable name, in our layout: parameters and running statistics. */
  readonly tensors: Record<string, CheckpointTensor>;
  /** Whether the dense layer was left out, so that the network keeps its own. */
  readonly newHead: boolean;
}

export interface TorchvisionImport {
  /** Leaves the dense layer out where it is missing or tells another number of classes apart. Default: refuses it. */
  readonly newHead?: boolean;
}

/**
 * A torchvision `state_dict` as variables of the network. F16, BF16 and F64 are converted to F32; batch counters are
 * not needed.
 *
 * @throws ConfigurationError naming the first tensor that is missing, unknown, or of another shape or type
 */
export function fromTorchvision(
  architecture: Architecture,
  given: Readonly<Record<string, SafeTensor>>,
  options: TorchvisionImport = {},
): ImportedState {
  const entries = torchvisionEntries(architecture);
  const newHead = options.newHead === true && hasOtherHead(architecture, given);
  const wanted = entries.filter(
    ({ name, kind }) => kind !== 'counter' && !(newHead && name.startsWith('fc.')),
  );
  const network = `network of depth ${String(architecture.depth)} with ${String(architecture.classes)} classes`;
  const wrong = wanted.filter((entry) => !fits(entry, given[entry.name]));
  if (wrong[0])
    throw new ConfigurationError(
      `initial weights, ${wrong[0].name}`,
      show(given[wrong[0].name]) + others(wrong.length),
      `F32, F16, BF16 or F64 [${wrong[0].shape.join(', ')}] in the configured ${network}`,
    );
  const known = new Set(entries.map(({ name }) => name));
  const unknown = Object.keys(given).filter((name) => !known.has(name));
  if (unknown[0] !== undefined)
    throw new ConfigurationError(
      `initial weights, ${unknown[0]}`,
      show(given[unknown[0]]) + others(unknown.length),
      `no such tensor in the configured ${network}`,
    );
  return {
    tensors: Object.fromEntries(wanted.map((entry) => [entry.name, imported(entry, given[entry.name])])),
    newHead,
  };
}

/** A dense layer that is not there, or takes the same features to another number of classes. */
function hasOtherHead(
  { classes, features }: Architecture,
  { 'fc.weight': weight, 'fc.bias': bias }: Readonly<Record<string, SafeTensor>>,
): boolean {
  if (!weight && !bias) return true;
  const [given, inputs] = weight?.shape ?? [];
  return inputs === features && bias?.shape.join() === String(given) && given !== classes;
}

const fits = ({ shape }: TorchvisionEntry, tensor: SafeTensor | undefined): boolean =>
  tensor !== undefined && isFloatTensor(tensor) && tensor.shape.join() === shape.join();

function imported(entry: TorchvisionEntry, tensor: SafeTensor | undefined): CheckpointTensor {
  if (!tensor || !isFloatTensor(tensor)) throw new TypeError(`${entry.name} was not checked`);
  const { outputs, inputs, places } = axesOf(entry);
  const data = swapEnds(asFloat32(tensor), [outputs, inputs, places]);
  return { dtype: 'F32', shape: innerShape(entry), data };
}

/** The shape of our variable, in TensorFlow's order: [height, width, in, out], [in, out] or [channels]. */
function innerShape({ shape, kind }: TorchvisionEntry): number[] {
  const [outputs = 1, inputs = 1, height = 1, width = 1] = shape;
  switch (kind) {
    case 'convolution':
      return [height, width, inputs, outputs];
    case 'dense':
      return [inputs, outputs];
    case 'vector':
    case 'counter':
      return [...shape];
  }
}

/** Both layouts have three axes: outputs, inputs, places in torchvision, and the reverse in ours. */
function axesOf({ shape }: TorchvisionEntry): { outputs: number; inputs: number; places: number } {
  const [outputs = 1, inputs = 1, height = 1, width = 1] = shape;
  return { outputs, inputs, places: height * width };
}

/** A copy of [a, b, c] as [c, b, a]. */
function swapEnds(data: Float32Array, [a, b, c]: readonly [number, number, number]): Float32Array {
  const swapped = new Float32Array(data.length);
  let from = 0;
  for (let i = 0; i < a; i++)
    for (let j = 0; j < b; j++) for (let k = 0; k < c; k++) swapped[(k * b + j) * a + i] = data[from++] ?? 0;
  return swapped;
}

const show = (tensor: { readonly dtype: string; readonly shape: readonly number[] } | undefined): string =>
  tensor ? `${tensor.dtype} [${tensor.shape.join(', ')}]` : 'none';

const others = (count: number): string =>
  count > 1 ? ` (and ${String(count - 1)} more that do not fit)` : '';
