/**
 * One folder of artifacts, on a disk or in an object store. Names are those directly in it. Whoever reads checks what
 * is read: checkpoints, models and data sets carry checksums of their own, whatever they lie in.
 *
 * @throws ArtifactError by every method, where an object store is away or refuses; an error of the operating system
 *   with its code, where a disk does
 */
export interface ArtifactStore {
  /** For messages, and for another process to open the same: a path, or s3://bucket/prefix. */
  readonly location: string;

  /** Says early what would fail later; makes a folder that is absent. */
  prepare(): Promise<void>;

  /** Names of all that is in it, without folders; none where it is not there. */
  list(): Promise<string[]>;

  /** Names of the folders in it. */
  folders(): Promise<string[]>;

  /** undefined where it is not there. */
  read(name: string): Promise<Buffer | undefined>;

  /**
   * Stores all of it or nothing, whatever happens: the name shows the whole, or what was there before.
   *
   * @param data the whole, or its parts in order
   */
  write(name: string, data: ArtifactData): Promise<void>;

  /** Into a file of this machine, all of it or nothing; false where it is not there. */
  fetch(name: string, file: string): Promise<boolean>;

  /** Stores what a file of this machine holds, like `write`. */
  put(name: string, file: string): Promise<void>;

  /**
   * What had the new name is replaced. Nothing happens where the old one is not there. Names may lead into folders
   * below this one, as `folder/name`.
   */
  rename(from: string, to: string): Promise<void>;

  /** One after the other; what is not there is as good as removed. */
  remove(names: readonly string[]): Promise<void>;

  /** Removes what writers left behind that were killed, of those names for which `isOurs` says so. */
  removeUnfinished(isOurs: (name: string) => boolean): Promise<void>;

  /** Removes the folder itself where nothing is in it. */
  removeIfEmpty(): Promise<void>;
}

export type ArtifactData = Uint8Array | string | readonly Uint8Array[];

export const partsOf = (data: ArtifactData): readonly Uint8Array[] =>
  typeof data === 'string' ? [Buffer.from(data)] : data instanceof Uint8Array ? [data] : data;

/**
 * Why an object store does not do what it is asked. Unreachable: it does not answer, or says that it cannot now; the
 * same may succeed later. Others are the store's own word for it.
 */
export type ArtifactErrorCode = 'Unreachable' | 'NoSuchBucket' | 'AccessDenied' | 'NoCredentials' | 'Refused';

/** An object store that is away or refuses; the message names the place and what to do, and no secret. */
export class ArtifactError extends Error {
  override readonly name = 'ArtifactError';

  constructor(
    readonly code: ArtifactErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** Whether the same may succeed later, without anybody changing anything. */
  get mayPass(): boolean {
    return this.code === 'Unreachable';
  }
}

/** A location that is none; the message says what is wrong with it. */
export class ArtifactLocationError extends Error {
  override readonly name = 'ArtifactLocationError';
}
