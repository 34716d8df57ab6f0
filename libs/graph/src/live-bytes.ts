import { ancestorsOf, predecessors } from './ancestors';
import { dtypeBytes } from './dtype';
import type { Graph } from './graph';
import { sizeOf } from './shape';
import type { Operation, Tensor } from './tensor';

/** What a run of a graph holds at its worst moment. */
export interface LiveBytes {
  /** Bytes of all tensors that exist at once. Variables, constants and what is fed exist anyway and do not count. */
  readonly peak: number;
  /** Name of the node that runs at that moment. */
  readonly at: string;
  /** Nodes that the run needs. */
  readonly nodes: number;
}

/** Nodes whose output is the memory of an input. */
const PASSING: ReadonlySet<string> = new Set([
  ...['Identity', 'Reshape', 'Bitcast', 'ReadVariableOp'],
  ...['Enter', 'Exit', 'Merge', 'Switch', 'NextIteration', 'LoopCond'],
]);

/** Nodes whose kernels write over an input of the same size that nobody else needs any more. */
const OVERWRITING: ReadonlySet<string> = new Set([
  ...['Relu', 'ReluGrad', 'AddV2', 'AddN', 'Sub', 'Mul', 'MulNoNan', 'RealDiv', 'BiasAdd', 'SelectV2'],
  ...['FusedBatchNormV3', 'FusedBatchNormGradV3', 'TensorScatterUpdate'],
]);

/** Memory that is somebody else's: it is there before the run and after it. */
const STANDING: ReadonlySet<string> = new Set(['Const', 'Placeholder', 'VarHandleOp']);

interface Buffer {
  readonly bytes: number;
  /** Uses that are still to come. */
  uses: number;
}

/**
 * Follows a run of the graph node by node, in the order of TensorFlow's executor: whatever is ready first runs first
 * (tensorflow/core/common_runtime/executor.cc). A tensor exists from the node that makes it to the last that uses it.
 * Of a loop one iteration is followed.
 *
 * @param fetch what is run for
 */
export function liveBytes(fetch: Operation): LiveBytes {
  const needed = ancestorsOf([fetch], predecessors);
  const operations = fetch.graph.operations.filter((operation) => needed.has(operation));
  const uses = countUses(operations);
  const buffers = new Map<Tensor, Buffer>();
  let [live, peak, at] = [0, 0, fetch.name];

  const allocate = (bytes: number): Buffer => {
    live += bytes;
    return { bytes, uses: 0 };
  };
  const release = (buffer: Buffer | undefined): void => {
    if (buffer && --buffer.uses === 0) live -= buffer.bytes;
  };
  for (const operation of inOrderOfRunning(operations)) {
    const { inputs, outputs } = operation;
    const passed = inherited(operation, buffers);
    outputs.forEach((output, i) => {
      const shared = i === 0 || PASSING.has(operation.type) ? passed : undefined;
      const buffer = shared ?? allocate(ownBytes(output));
      buffer.uses += Math.max(1, uses.get(output) ?? 0);
      buffers.set(output, buffer);
    });
    if (live > peak) [peak, at] = [live, operation.name];
    for (const input of inputs) if (!isBackEdge(operation, input)) release(buffers.get(input));
    for (const output of outputs) if (!uses.has(output)) release(buffers.get(output));
  }
  return { peak, at, nodes: operations.length };
}

/** Bytes of all that a session of the graph keeps between runs: variables and other stored values. */
export const storedBytes = (graph: Graph): number =>
  graph.operations.reduce((sum, { type, attributes: { dtype, shape } }) => {
    if (type !== 'VarHandleOp' || dtype?.kind !== 'type' || shape?.kind !== 'shape') return sum;
    return sum + (dtype.value === 'resource' ? 0 : sizeOf(shape.value) * dtypeBytes[dtype.value]);
  }, 0);

const ownBytes = ({ operation, dtype, shape }: Tensor): number =>
  dtype === 'resource' || STANDING.has(operation.type) ? 0 : sizeOf(shape) * dtypeBytes[dtype];

/** The memory of an input, where the node's output takes it over. */
function inherited(
  { type, inputs, outputs: [output] }: Operation,
  buffers: ReadonlyMap<Tensor, Buffer>,
): Buffer | undefined {
  const candidates = inputs.flatMap((input) => buffers.get(input) ?? []);
  if (PASSING.has(type)) return candidates[0];
  if (!OVERWRITING.has(type) || !output) return undefined;
  const bytes = ownBytes(output);
  return candidates.find((buffer) => buffer.uses === 1 && buffer.bytes === bytes && bytes > 0);
}

/** What the next iteration of a loop gets is no input of this one. */
const isBackEdge = ({ type, inputs }: Operation, input: Tensor): boolean =>
  type === 'Merge' && input === inputs[1];

const inputsOf = (operation: Operation): readonly Tensor[] =>
  operation.inputs.filter((input) => !isBackEdge(operation, input));

function countUses(operations: readonly Operation[]): ReadonlyMap<Tensor, number> {
  const uses = new Map<Tensor, number>();
  for (const operation of operations)
    for (const input of inputsOf(operation)) uses.set(input, (uses.get(input) ?? 0) + 1);
  return uses;
}

function inOrderOfRunning(operations: readonly Operation[]): readonly Operation[] {
  const waitingFor = new Map<Operation, number>();
  const followers = new Map<Operation, Operation[]>();
  for (const operation of operations) {
    const before = new Set([...inputsOf(operation).map((input) => input.operation), ...operation.control]);
    waitingFor.set(operation, before.size);
    for (const earlier of before) {
      const known = followers.get(earlier);
      if (known) known.push(operation);
      else followers.set(earlier, [operation]);
    }
  }
  const order = operations.filter((operation) => waitingFor.get(operation) === 0);
  // The list grows while it is gone through: it is the queue of what is ready.
  for (const operation of order)
    for (const follower of followers.get(operation) ?? []) {
      const left = (waitingFor.get(follower) ?? 0) - 1;
      waitingFor.set(follower, left);
      if (left === 0) order.push(follower);
    }
  return order;
}
