import { parentPort, workerData } from 'node:worker_threads';
import { CheckpointStore, type CheckpointStoreOptions, type StoredCheckpoint } from './checkpoint-store';
import { codeOf, messageOf } from './system-error';

/** What the thread is started with. */
export interface WriterThreadData extends Pick<CheckpointStoreOptions, 'keep' | 'fence'> {
  readonly dir: string;
}

/** The answer to each checkpoint, in their order. */
export type WriterThreadReply =
  { readonly type: 'written' } | { readonly type: 'failed'; readonly code: string; readonly reason: string };

const { dir, ...options } = workerData as WriterThreadData;
const store = new CheckpointStore(dir, options);

async function write(checkpoint: StoredCheckpoint): Promise<WriterThreadReply> {
  try {
    await store.write(checkpoint);
    return { type: 'written' };
  } catch (error) {
    return { type: 'failed', code: codeOf(error), reason: messageOf(error) };
  }
}

if (parentPort === null) throw new Error('this program runs in a thread of CheckpointWriter only');
const port = parentPort;
port.on('message', (checkpoint: StoredCheckpoint) => {
  void write(checkpoint).then((reply) => port.postMessage(reply));
});
