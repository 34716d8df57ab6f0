import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DataError } from '../data-error';

export interface Download {
  readonly url: string;
  readonly sha256: string;
  readonly file: string;
  readonly onProgress?: (what: string) => void;
  readonly signal?: AbortSignal;
}

/** A server that has not answered by then counts as unreachable. */
const CONNECT_TIMEOUT_MS = 6_000;
/** A transfer that brings nothing for this long has stalled. */
const IDLE_TIMEOUT_MS = 30_000;
const MAX_TRIES = 5;
const PROGRESS_EVERY_MS = 1_000;

/**
 * Fetches a file once. A transfer that breaks off is taken up where it ended, in this call or a later one; the file
 * gets its name only after its checksum was found right.
 *
 * @throws DataError when the server cannot be reached or sends something else
 */
export async function download(options: Download): Promise<void> {
  const part = `${options.file}.part`;
  await mkdir(dirname(options.file), { recursive: true });
  for (let attempt = 1; ; attempt++) {
    const before = await sizeOf(part);
    try {
      await transfer(options, part, before);
      break;
    } catch (error) {
      if (options.signal?.aborted === true) throw error;
      if (error instanceof DataError) throw error;
      // Only a transfer that got somewhere is worth taking up again.
      const isProgress = (await sizeOf(part)) > before;
      if (!isProgress || attempt === MAX_TRIES)
        throw new DataError(`${options.url} cannot be downloaded: ${reasonOf(error)}`, { cause: error });
    }
  }
  const actual = await sha256Of(part);
  if (actual !== options.sha256) {
    await rm(part);
    throw new DataError(
      `${options.url}: expected sha256 ${options.sha256}, the download has ${actual}; it was deleted`,
    );
  }
  await rename(part, options.file);
}

async function transfer({ url, onProgress, signal }: Download, part: string, from: number): Promise<void> {
  const idle = new AbortController();
  let timer = setTimeout(() => idle.abort(new Error('no answer')), CONNECT_TIMEOUT_MS);
  const watch = (chunk: Buffer): Buffer => {
    clearTimeout(timer);
    timer = setTimeout(() => idle.abort(new Error('the transfer stalled')), IDLE_TIMEOUT_MS);
    return chunk;
  };
  try {
    const signals = signal ? [idle.signal, signal] : [idle.signal];
    const response = await fetch(url, {
      headers: from > 0 ? { Range: `bytes=${from}-` } : {},
      signal: AbortSignal.any(signals),
    });
    // Everything was there already, and only the end of the last call is missing.
    if (response.status === 416) return;
    if (!response.ok || response.body === null)
      throw new DataError(
        `${url} cannot be downloaded: the server answered ${response.status} ${response.statusText}`,
      );
    const isResumed = response.status === 206;
    const total = Number(response.headers.get('content-length')) + (isResumed ? from : 0);
    const progress = progressReporter(url, total, isResumed ? from : 0, onProgress);
    await pipeline(
      Readable.fromWeb(response.body),
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          progress(chunk.length);
          yield watch(chunk);
        }
      },
      createWriteStream(part, { flags: isResumed ? 'a' : 'w' }),
    );
  } finally {
    clearTimeout(timer);
  }
}

function progressReporter(url: string, total: number, from: number, report?: (what: string) => void) {
  let done = from;
  let last = 0;
  return (bytes: number): void => {
    done += bytes;
    if (Date.now() - last < PROGRESS_EVERY_MS) return;
    last = Date.now();
    const share = total > 0 ? ` of ${(total / 1e6).toFixed(0)}` : '';
    report?.(`downloading ${url}: ${(done / 1e6).toFixed(0)}${share} MB`);
  };
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch {
    // Not there: nothing was downloaded yet.
    return 0;
  }
}

export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** fetch says only that it failed; why stands in `cause`. */
function reasonOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  if ('cause' in error && error.cause !== undefined) return reasonOf(error.cause);
  return 'message' in error ? String(error.message) : JSON.stringify(error);
}
