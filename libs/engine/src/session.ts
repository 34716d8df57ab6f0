import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  SAVED_MODEL_TAG,
  type FeedValue,
  type FetchedValue,
  type GraphRunner,
  type Traffic,
} from '@fathom/graph';
import { EngineError } from './engine-error';
import type { Binding } from './library';

/** A TensorFlow session over one loaded graph, with the values of its variables. */
export class Session implements GraphRunner {
  readonly #binding: Binding;
  #id: number | undefined;
  #traffic: Traffic = { runs: 0, bytesFed: 0, bytesFetched: 0 };

  /** @param savedModel bytes of a `saved_model.pb` */
  constructor(binding: Binding, savedModel: Uint8Array) {
    this.#binding = binding;
    this.#id = load(binding, savedModel);
  }

  run(feeds: Readonly<Record<string, FeedValue>>, fetches: readonly string[]): FetchedValue[] {
    if (this.#id === undefined) throw new EngineError('misuse', 'the session is closed');
    if (fetches.length === 0) throw new EngineError('misuse', 'a run has to fetch at least one tensor');
    const inputs: number[] = [];
    try {
      for (const feed of Object.values(feeds)) inputs.push(this.#createTensor(feed));
      const names = Object.keys(feeds).map((name) => `${name}:0`);
      const outputs = this.#binding
        .runSavedModel(this.#id, inputs, names.join(','), fetches.join(','))
        .map((output) => this.#takeTensor(output));
      this.#count(Object.values(feeds), outputs);
      return outputs;
    } catch (cause) {
      throw runError(cause);
    } finally {
      for (const id of inputs) this.#binding.deleteTensor(id);
    }
  }

  get traffic(): Traffic {
    return this.#traffic;
  }

  #count(feeds: readonly FeedValue[], outputs: readonly FetchedValue[]): void {
    const { runs, bytesFed, bytesFetched } = this.#traffic;
    this.#traffic = {
      runs: runs + 1,
      bytesFed: bytesFed + bytes(feeds),
      bytesFetched: bytesFetched + bytes(outputs),
    };
  }

  close(): void {
    if (this.#id === undefined) return;
    this.#binding.deleteSavedModel(this.#id);
    this.#id = undefined;
  }

  #createTensor({ dtype, shape, data }: FeedValue): number {
    const { TF_FLOAT, TF_INT32, TF_UINT8 } = this.#binding;
    const type = { float32: TF_FLOAT, int32: TF_INT32, uint8: TF_UINT8 }[dtype];
    return this.#binding.createTensor([...shape], type, data);
  }

  /** Copies an output to the host and frees it. */
  #takeTensor(output: TensorMetadata): FetchedValue {
    try {
      return hostValue(this.#binding, output);
    } finally {
      this.#binding.deleteTensor(output.id);
    }
  }
}

const bytes = (values: readonly FeedValue[]): number =>
  values.reduce((total, { data }) => total + data.byteLength, 0);

type TensorMetadata = ReturnType<Binding['runSavedModel']>[number];

function hostValue(binding: Binding, { id, dtype, shape }: TensorMetadata): FetchedValue {
  // The binding makes the kind of array that goes with the type, and has none for uint8.
  const data = () => binding.tensorDataSync(id);
  switch (dtype) {
    case binding.TF_FLOAT:
      return { dtype: 'float32', shape: [...shape], data: data() as Float32Array };
    case binding.TF_INT32:
      return { dtype: 'int32', shape: [...shape], data: data() as Int32Array };
    case binding.TF_BOOL:
      return { dtype: 'uint8', shape: [...shape], data: data() as Uint8Array };
    default:
      throw new EngineError(
        'misuse',
        `a tensor of TensorFlow type number ${String(dtype)} cannot be fetched; cast it to float32 or int32`,
      );
  }
}

/** TensorFlow loads graphs from a folder only; it is gone again once the graph is in memory. */
function load(binding: Binding, savedModel: Uint8Array): number {
  const dir = mkdtempSync(join(tmpdir(), 'fathom-graph-'));
  try {
    writeFileSync(join(dir, 'saved_model.pb'), savedModel);
    return binding.loadSavedModel(dir, SAVED_MODEL_TAG);
  } catch (cause) {
    throw new EngineError('load-failed', `TensorFlow refused the graph: ${messageOf(cause)}`, { cause });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function runError(cause: unknown): EngineError {
  if (cause instanceof EngineError) return cause;
  const message = messageOf(cause);
  const kind = /OOM|RESOURCE_EXHAUSTED|out of memory|failed to allocate/i.test(message)
    ? 'out-of-memory'
    : 'run-failed';
  return new EngineError(kind, `TensorFlow: ${message}`, { cause });
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
