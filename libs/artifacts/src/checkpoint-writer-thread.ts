import { parentPort, workerData } from 'node:worker_threads';
import { CheckpointStore, type CheckpointStoreOptions, type StoredCheckpoint } from './checkpoint-store';
import { patiently } from './stores/patience';
import { codeOf, messageOf } from './system-error';

/** What the thread is started with. */
export interface WriterThreadData extends Pick<CheckpointStoreOptions, 'retention' | 'fence'> {
  readonly dir: string;
  readonly patienceMs: number;
}

/** What becomes of each checkpoint, in their order; waiting: nothing yet, the store is away. */
export type WriterThreadReply =
  | { readonly type: 'written' }
  | { readonly type: 'waiting'; readonly reason: string }
  | { readonly type: 'failed'; readonly code: string; readonly reason: string };

if (parentPort === null) throw new Error('this program runs in a thread of CheckpointWriter only');
const port = parentPort;
const say = (reply: WriterThreadReply) => port.postMessage(reply);

const { dir, patienceMs, ...options } = workerData as WriterThreadData;
const store = new CheckpointStore(dir, options);

async function write(checkpoint: StoredCheckpoint): Promise<WriterThreadReply> {
  try {
    const onWait = (reason: string) => say({ type: 'waiting', reason });
    await patiently(() => store.write(checkpoint), { forMs: patienceMs, onWait });
    return { type: 'written' };
  } catch (error) {
    return { type: 'failed', code: codeOf(error), reason: messageOf(error) };
  }
}

port.on('message', (checkpoint: StoredCheckpoint) => {
  void write(checkpoint).then(say);
});
