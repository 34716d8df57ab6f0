import { liveBytes, sizeOf, storedBytes, type Graph, type Operation } from '@fathom/graph';

/** Bytes that a training adds to the resident memory of its process, at its peak, over TensorFlow just loaded. */
export interface TrainingMemory {
  /** Weights, what the optimiser remembers of them, moving averages and running statistics. */
  readonly variables: number;
  /** Images that lie in the memory of the device. */
  readonly images: number;
  /** Weights of a teacher, and their way into the memory of the device. */
  readonly teacher: number;
  /** Activations, gradients and all else that exists at once in the worst moment of a step. */
  readonly activations: number;
  /** What the allocator holds beside that, and weights that exist twice while they are updated. */
  readonly workspace: number;
  /** The graph itself: TensorFlow's copies of it, its kernels, and what the libraries set up with the first step. */
  readonly runtime: number;
  /** What compiles ops that are fused, where any are. */
  readonly compiler: number;
  readonly total: number;
}

/**
 * What the model cannot derive from the graph, measured: least squares over the peaks of ResNet-20, 56 and 110 at 32 px
 * and ResNet-18, 50 and 101 at 96 and 224 px, float32 and bfloat16, on 2 CPU cores with TensorFlow 2.21 and glibc's
 * allocator as the worker sets it. `npm run bench:memory` measures again; docs/benchmarks.md has the table.
 */
export const memoryModel = {
  /** Of TensorFlow, its thread pools and oneDNN, with the first graph. */
  runtimeBytes: 73_500_000,
  /** Of a node: its definition, kernel and place in each executor, oneDNN's primitives included. */
  bytesPerNode: 5_040,
  /** Of XLA and LLVM, with the first function. */
  compilerBytes: 65_100_000,
  /** Freed blocks that do not fit what comes next, and scratch memory of convolutions. */
  slack: 0.163,
  /** ReadVariableOp hands out the weight itself; an update that finds it in use writes to a copy. */
  weightCopies: 1.6,
  /** Weights of a teacher: where they stay, and while they are fed. */
  teacherCopies: 2,
} as const;

/** Resident memory of a Node.js process that has loaded TensorFlow 2.21 for CPUs and done nothing yet. */
export const TENSORFLOW_BYTES = 380_000_000;

/**
 * Predicts the memory of a training step from its graph. On CPUs; a GPU's allocator takes memory its own way.
 *
 * @param step what is run for a step
 * @param parameters trainable numbers
 */
export function trainingMemory(
  graph: Graph,
  {
    step,
    parameters,
    teacherBytes,
  }: { readonly step: Operation; readonly parameters: number; readonly teacherBytes: number },
): TrainingMemory {
  const variables = 4 * graph.variables.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const activations = liveBytes(step).peak;
  const parts = {
    variables,
    images: storedBytes(graph) - variables - teacherBytes,
    teacher: memoryModel.teacherCopies * teacherBytes,
    activations,
    workspace: Math.round(memoryModel.slack * activations + memoryModel.weightCopies * 4 * parameters),
    runtime: memoryModel.runtimeBytes + memoryModel.bytesPerNode * graph.operations.length,
    compiler: graph.functions.size > 0 ? memoryModel.compilerBytes : 0,
  };
  return { ...parts, total: Object.values(parts).reduce((sum, bytes) => sum + bytes, 0) };
}
