import { S3Client } from '@aws-sdk/client-s3';
import type { S3Settings } from './s3-settings';

/** A store that is there takes a connection at once, and never says nothing for so long. */
const CONNECT_MS = 3_000;
const SILENT_MS = 20_000;
/** Sending a part, and the first byte of the answer. */
const REQUEST_MS = 120_000;
/** Of one request, with waits of up to some seconds between; longer outages are for the caller. */
const TRIES = 3;

const clients = new Map<string, S3Client>();

/** One client of a process for each store, with the connections that it keeps. */
export function s3ClientOf(settings: S3Settings): S3Client {
  const key = JSON.stringify(settings);
  const client = clients.get(key) ?? makeClient(settings);
  clients.set(key, client);
  return client;
}

function makeClient({ endpoint, forcePathStyle, region }: S3Settings): S3Client {
  // It says with which Node its later versions will not run; this one is pinned, and does.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  return new S3Client({
    forcePathStyle,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
    maxAttempts: TRIES,
    // Those that the client adds by itself not every store understands; what we read, we check by our own.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      requestTimeout: REQUEST_MS,
      throwOnRequestTimeout: true,
      socketTimeout: SILENT_MS,
    },
  });
}
