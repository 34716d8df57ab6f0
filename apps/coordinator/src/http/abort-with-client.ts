import type { ServerResponse } from 'node:http';

/**
 * Aborts when the client goes, or at once where it has gone: it may have while the answer was looked for, and nothing more is
 * heard of it then.
 *
 * @returns forgets about the client
 */
export function abortWithClient(response: ServerResponse, abort: AbortController): () => void {
  const onClose = () => {
    abort.abort();
  };
  response.once('close', onClose);
  if (response.destroyed) onClose();
  return () => response.off('close', onClose);
}
