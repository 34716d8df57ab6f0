import { setTimeout as sleep } from 'node:timers/promises';
import { problemSchema, trialLogLineSchema, type TrialLogLine } from '@fathom/contracts';
import { checkApiUrl } from '../environment';
import { ApiError, UnreachableError } from './api-error';

export interface LogRequest {
  /** Fence; absent: all attempts. */
  readonly attempt?: number;
  /** Absent: all lines. */
  readonly tail?: number;
  readonly follow: boolean;
}

const RECONNECT_MS = 1_000;
/** Reconnections in a row, without one line between them, after which the coordinator counts as gone. */
const MAX_RECONNECTS = 60;

/**
 * The lines of a trial's log. Who follows it gets what comes until the trial has ended; a lost connection is taken up
 * again where it broke off.
 *
 * @throws ApiError when the trial does not exist, UnreachableError when the coordinator stays away
 */
export async function* trialLog(
  baseUrl: string,
  trialId: string,
  request: LogRequest,
  signal: AbortSignal,
): AsyncGenerator<TrialLogLine> {
  checkApiUrl(baseUrl);
  let after: string | undefined;
  for (let failures = 0; ; failures++) {
    try {
      for await (const line of read(baseUrl, trialId, request, after, signal)) {
        after = line.cursor;
        failures = 0;
        yield line;
      }
      return;
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiError && (!request.follow || error.problem.status !== 503)) throw error;
      if (!request.follow || failures >= MAX_RECONNECTS) throw new UnreachableError(baseUrl, error);
    }
    await sleep(RECONNECT_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function* read(
  baseUrl: string,
  trialId: string,
  { attempt, tail, follow }: LogRequest,
  after: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<TrialLogLine> {
  const url = new URL(`/v1/trials/${encodeURIComponent(trialId)}/logs`, baseUrl);
  // After a reconnection what there was before counts as seen.
  const query = { attempt, after, follow, ...(after === undefined ? { tail } : {}) };
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) url.searchParams.set(name, String(value));
  const response = await fetch(url, { headers: { Accept: 'application/x-ndjson' }, signal });
  if (!response.ok) throw new ApiError(problemSchema.parse(await response.json()));
  if (response.body === null) return;
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of response.body) {
    const texts = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n');
    rest = texts.pop() ?? '';
    // An empty line keeps the connection.
    for (const text of texts) if (text !== '') yield trialLogLineSchema.parse(JSON.parse(text));
  }
}
