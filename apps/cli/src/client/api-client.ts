import {
  bestSoFarSchema,
  depthTableSchema,
  fleetSchema,
  importanceSchema,
  parallelCoordinatesSchema,
  paretoSetSchema,
  problemSchema,
  sweepDetailSchema,
  sweepPageSchema,
  sweepPreviewSchema,
  trialDetailSchema,
  trialPageSchema,
  verificationSchema,
  type BestSoFar,
  type DepthTable,
  type Fleet,
  type Importance,
  type ParallelCoordinates,
  type ParetoSet,
  type SweepDetail,
  type SweepPage,
  type SweepPreview,
  type TrialDetail,
  type TrialPage,
  type TrialSummary,
  type Verification,
} from '@fathom/contracts';
import type { z } from 'zod';
import { checkApiUrl } from '../environment';
import { ApiError, UnreachableError } from './api-error';

/** Milliseconds before a request is given up; the API itself answers 503 within a second when it is in trouble. */
const TIMEOUT_MS = 15_000;
const VERIFY_TIMEOUT_MS = 300_000;
const PAGE = 1000;

export interface SubmitOptions {
  readonly contentType: 'application/json' | 'application/yaml';
  readonly idempotencyKey?: string;
}

/** The REST API. Every method throws ApiError for a problem answer and UnreachableError for none. */
export class ApiClient {
  /** @throws UsageError where the address cannot be one */
  constructor(readonly url: string) {
    checkApiUrl(url);
  }

  submit(body: string, { contentType, idempotencyKey }: SubmitOptions): Promise<SweepDetail> {
    const headers: Record<string, string> = { 'Content-Type': contentType };
    if (idempotencyKey !== undefined) headers['Idempotency-Key'] = idempotencyKey;
    return this.request(sweepDetailSchema, '/v1/sweeps', { method: 'POST', body, headers });
  }

  /** Workers, pools, and who has their places. */
  fleet(): Promise<Fleet> {
    return this.request(fleetSchema, '/v1/fleet');
  }

  /** What the sweep would do. @param workers trials at a time; absent: as the fleet is now */
  preview(body: string, contentType: SubmitOptions['contentType'], workers?: number): Promise<SweepPreview> {
    const query = queryString({ workers });
    const headers = { 'Content-Type': contentType };
    return this.request(sweepPreviewSchema, `/v1/sweeps:preview?${query}`, { method: 'POST', body, headers });
  }

  sweeps(query: { state?: string; limit?: number; offset?: number } = {}): Promise<SweepPage> {
    return this.request(sweepPageSchema, `/v1/sweeps?${queryString(query)}`);
  }

  sweep(id: string): Promise<SweepDetail> {
    return this.request(sweepDetailSchema, `/v1/sweeps/${encodeURIComponent(id)}`);
  }

  /**
   * Pauses, resumes, cancels, extends, clones a sweep, or re-runs its failed trials.
   *
   * @returns the sweep; of a clone the new one
   */
  steer(id: string, operation: string, request: object, idempotencyKey?: string): Promise<SweepDetail> {
    const headers: Record<string, string> = { 'Content-Type': 'application/json' };
    if (idempotencyKey !== undefined) headers['Idempotency-Key'] = idempotencyKey;
    const path = `/v1/sweeps/${encodeURIComponent(id)}/${operation}`;
    return this.request(sweepDetailSchema, path, { method: 'POST', body: JSON.stringify(request), headers });
  }

  /** Replays the sweep's log; the answer takes as long as that. */
  verify(id: string): Promise<Verification> {
    const path = `/v1/sweeps/${encodeURIComponent(id)}/verification`;
    return this.request(verificationSchema, path, {}, VERIFY_TIMEOUT_MS);
  }

  trials(
    id: string,
    query: { state?: string; sort?: string; limit?: number; offset?: number } = {},
  ): Promise<TrialPage> {
    return this.request(trialPageSchema, `/v1/sweeps/${encodeURIComponent(id)}/trials?${queryString(query)}`);
  }

  /** All trials of a sweep, or those in a state, page by page. */
  async allTrials(id: string, query: { state?: string } = {}): Promise<TrialSummary[]> {
    const items: TrialSummary[] = [];
    for (;;) {
      const page = await this.trials(id, { ...query, limit: PAGE, offset: items.length });
      items.push(...page.items);
      if (page.items.length === 0 || items.length >= page.total) return items;
    }
  }

  trial(id: string): Promise<TrialDetail> {
    return this.request(trialDetailSchema, `/v1/trials/${encodeURIComponent(id)}`);
  }

  depthTable(id: string): Promise<DepthTable> {
    return this.request(depthTableSchema, analysisPath(id, 'depth'));
  }

  /** @param objective one of the sweep's; absent: the main one */
  importance(id: string, objective?: string): Promise<Importance> {
    return this.request(importanceSchema, analysisPath(id, 'importance', objective));
  }

  /** @param objective one of the sweep's; absent: the main one */
  bestSoFar(id: string, objective?: string): Promise<BestSoFar> {
    return this.request(bestSoFarSchema, analysisPath(id, 'best', objective));
  }

  paretoSet(id: string): Promise<ParetoSet> {
    return this.request(paretoSetSchema, analysisPath(id, 'pareto'));
  }

  parallelCoordinates(id: string): Promise<ParallelCoordinates> {
    return this.request(parallelCoordinatesSchema, analysisPath(id, 'parallel'));
  }

  private async request<S extends z.ZodType>(
    schema: S,
    path: string,
    init: RequestInit = {},
    timeoutMs = TIMEOUT_MS,
  ): Promise<z.output<S>> {
    const url = new URL(path, this.url);
    let response: Response;
    let body: unknown;
    try {
      response = await fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) });
      body = await response.json();
    } catch (error) {
      throw new UnreachableError(this.url, error);
    }
    if (response.ok) return schema.parse(body);
    const problem = problemSchema.safeParse(body);
    if (problem.success) throw new ApiError(problem.data);
    throw new UnreachableError(this.url, new Error(`HTTP ${response.status} without a problem body`));
  }
}

const analysisPath = (id: string, name: string, objective?: string): string =>
  `/v1/sweeps/${encodeURIComponent(id)}/analysis/${name}?${queryString({ objective })}`;

function queryString(query: Record<string, string | number | undefined>): string {
  const given = Object.entries(query).filter(
    (entry): entry is [string, string | number] => entry[1] !== undefined,
  );
  return new URLSearchParams(
    given.map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
}
