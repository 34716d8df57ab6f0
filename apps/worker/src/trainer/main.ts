import { CheckpointStorageError } from '@fathom/artifacts';
import { trainerCommandSchema, type TrainerCommand } from '@fathom/contracts';
import { StopRequest } from '@fathom/resnet';
import { classifyError } from './classify-error';
import { say } from './ipc';
import { trainTrial } from './train-trial';

/**
 * The training process. It is told what to train over the IPC channel, says what happens over the same, and ends.
 * Signals are the supervisor's business: Ctrl-C in a terminal reaches this process as well, and must not end a
 * trial that the supervisor is about to checkpoint.
 */
const stop = new AbortController();

async function start(command: Extract<TrainerCommand, { type: 'start' }>): Promise<void> {
  try {
    await say(await trainTrial(command, { signal: stop.signal, say }));
    process.exit(0);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    const isOvertaken = error instanceof CheckpointStorageError && error.isOvertaken;
    await say(isOvertaken ? { type: 'overtaken' } : { type: 'failed', ...classifyError(error) });
    process.exit(1);
  }
}

process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
// The supervisor is gone: its trial is another worker's now.
process.on('disconnect', () => process.exit(1));
process.on('message', (raw) => {
  const command = trainerCommandSchema.parse(raw);
  switch (command.type) {
    case 'start':
      void start(command);
      return;
    case 'stop':
      stop.abort(new StopRequest(command.checkpoint));
      return;
  }
});
