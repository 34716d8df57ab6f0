import { modelFiles, type ModelDescription } from '@fathom/contracts';
import { ModelError } from './model-error';
import { readDescription } from './model-store';
import { under } from './stores/location';
import { openArtifacts } from './stores/open-artifacts';

interface Ranked {
  readonly name: string;
  readonly error: number;
  readonly loss: number;
}

/**
 * Removes all models of a sweep but the best, by their validation error. Safe to be done by several at once: each
 * removes only what it sees so many better ones of, and those can only have gone for still better ones.
 *
 * @param dir with a folder for the model of each trial; what is none, or is being written, is left alone
 * @param best how many stay
 * @returns the names of those that were removed
 */
export async function keepBestModels(dir: string, best: number): Promise<string[]> {
  const ranked: Ranked[] = [];
  for (const name of await openArtifacts(dir).folders()) {
    const description = await descriptionIn(under(dir, name));
    if (description !== undefined) ranked.push({ name, ...rankOf(description) });
  }
  ranked.sort((a, b) => a.error - b.error || a.loss - b.loss || (a.name < b.name ? -1 : 1));
  const gone = ranked.slice(best).map(({ name }) => name);
  for (const name of gone) {
    const files = openArtifacts(under(dir, name));
    // In this order: without its description the rest is no model.
    await files.remove([modelFiles.description, modelFiles.weights]);
    await files.removeIfEmpty();
  }
  return gone;
}

async function descriptionIn(dir: string): Promise<ModelDescription | undefined> {
  try {
    return await readDescription(dir);
  } catch (error) {
    if (error instanceof ModelError) return undefined;
    throw error;
  }
}

/** A model of which nothing was measured is the worst. */
const rankOf = ({ metrics }: ModelDescription) => ({
  error: numberOr(metrics['validationError'], Number.MAX_VALUE),
  loss: numberOr(metrics['validationLoss'], Number.MAX_VALUE),
});

const numberOr = (value: unknown, otherwise: number): number =>
  typeof value === 'number' ? value : otherwise;
