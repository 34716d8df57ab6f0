import { DEFAULT_POOL } from '@fathom/contracts';
import type { TrialProducer, WorkerDirectory } from '@fathom/queue';
import type { Logger } from '@fathom/runtime';
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import type { Handler } from 'express';

export interface BoardParts {
  readonly producer: Pick<TrialProducer, 'boardQueues'>;
  readonly directory: Pick<WorkerDirectory, 'pools'>;
  readonly logger: Logger;
  readonly isReadOnly: boolean;
}

/** The Bull Board: the queues of all pools that ever had a worker. */
export function boardOf({ producer, directory, logger, isReadOnly }: BoardParts): Handler {
  const serverAdapter = new ExpressAdapter();
  serverAdapter.setBasePath('/queues');
  const board = createBullBoard({ queues: [], serverAdapter });
  const shown = new Set<string>();
  const show = (pools: readonly string[]) => {
    const added = pools.filter((pool) => !shown.has(pool));
    for (const queue of producer.boardQueues(added))
      board.addQueue(new BullMQAdapter(queue, { readOnlyMode: isReadOnly }));
    for (const pool of added) shown.add(pool);
  };
  show([DEFAULT_POOL]);
  const router = serverAdapter.getRouter() as Handler;
  return (request, response, next) => {
    directory
      .pools()
      .then(show, (error: unknown) => {
        logger.debug({ err: error }, 'the board shows the pools that it knows of');
      })
      .finally(() => {
        router(request, response, next);
      });
  };
}
