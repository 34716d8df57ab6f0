import type { TrainerMessage } from '@fathom/contracts';

/** Sends a message to the supervisor; resolves when it has left this process. */
export function say(message: TrainerMessage): Promise<void> {
  return new Promise((resolve, reject) => {
    if (process.send === undefined) {
      reject(new Error('this program is started by the worker and has no use without it'));
      return;
    }
    process.send(message, undefined, {}, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}
