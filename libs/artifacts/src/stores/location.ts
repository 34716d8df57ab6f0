import { basename, dirname, join } from 'node:path';
import { ArtifactLocationError } from './artifact-store';

const SCHEME = 's3://';
const ADDRESS = /^s3:\/\/([A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9])(?:\/+(.*))?$/;

/** Whether the location is in an object store, and not a path of this machine. */
export const isRemote = (location: string): boolean => location.startsWith(SCHEME);

/** The place of these names, one in the other, below a location. */
export const under = (location: string, ...names: readonly string[]): string =>
  isRemote(location) ? [location.replace(/\/+$/, ''), ...names].join('/') : join(location, ...names);

/** The last name of a location, and what it lies in. */
export function splitLocation(location: string): { readonly folder: string; readonly name: string } {
  if (!isRemote(location)) return { folder: dirname(location), name: basename(location) };
  const end = location.lastIndexOf('/');
  return { folder: location.slice(0, end), name: location.slice(end + 1) };
}

/**
 * @returns prefix: without a slash at either end; empty: the whole bucket
 * @throws ArtifactLocationError
 */
export function parseS3Location(location: string): { readonly bucket: string; readonly prefix: string } {
  const [, bucket, prefix = ''] = ADDRESS.exec(location) ?? [];
  if (bucket === undefined)
    throw new ArtifactLocationError(
      `${location} is no place in an object store: allowed is s3://bucket or s3://bucket/prefix, with a bucket of 3 to 63 letters, digits, dots and hyphens`,
    );
  return { bucket, prefix: prefix.replace(/\/+$/, '') };
}
