import type { Failure } from '@fathom/contracts';
import type { JobPresence } from '@fathom/queue';

export type Remedy =
  | { readonly type: 'none' }
  | { readonly type: 'enqueue'; readonly reason: string }
  | { readonly type: 'fail'; readonly failure: Failure };

/** What to do about an open trial whose job is as given. */
export function remedyFor(presence: JobPresence): Remedy {
  switch (presence.state) {
    case 'live':
      return { type: 'none' };
    case 'absent':
      return { type: 'enqueue', reason: 'the queue lost its job; it is enqueued again' };
    case 'completed':
      return { type: 'enqueue', reason: 'its result was lost on the way; it is enqueued again' };
    case 'failed': {
      const { reason } = presence.failed;
      const message = reason === '' ? 'the queue gave no reason' : reason.slice(0, 4_000);
      return { type: 'fail', failure: { class: 'internal', message, log: '' } };
    }
  }
}
