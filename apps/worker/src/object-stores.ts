import { ArtifactError, isRemote, openArtifacts } from '@fathom/artifacts';
import type { Logger } from '@fathom/runtime';

/**
 * Looks into those of the locations that are in an object store: better now than at the end of the first epoch. One that
 * is away may come back, and is waited for when it is needed.
 *
 * @throws ArtifactError where it refuses: no such bucket, no credentials, no access
 */
export async function checkObjectStores(
  locations: readonly (string | undefined)[],
  logger: Logger,
): Promise<void> {
  for (const location of new Set(locations))
    if (location !== undefined && isRemote(location))
      try {
        await openArtifacts(location).prepare();
      } catch (error) {
        if (!(error instanceof ArtifactError && error.mayPass)) throw error;
        logger.warn({ reason: error.message }, 'the object store is away; checkpoints will wait for it');
      }
}
