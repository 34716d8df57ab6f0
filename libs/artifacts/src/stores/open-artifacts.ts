import type { ArtifactStore } from './artifact-store';
import { DirectoryStore } from './directory-store';
import { isRemote } from './location';
import { s3SettingsOf } from './s3-settings';
import { S3Store } from './s3-store';

/**
 * The artifacts at a location: a path of this machine, or s3://bucket/prefix.
 *
 * @param env with FATHOM_S3_… and AWS_… of the object store
 * @throws ArtifactLocationError
 */
export const openArtifacts = (
  location: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): ArtifactStore =>
  isRemote(location) ? new S3Store(location, s3SettingsOf(env)) : new DirectoryStore(location);
