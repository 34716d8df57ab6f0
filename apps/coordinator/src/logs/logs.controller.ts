import { once } from 'node:events';
import {
  logCursorSchema,
  trialLogLineSchema,
  trialLogQuerySchema,
  type TrialLogQuery,
} from '@fathom/contracts';
import { Store } from '@fathom/store';
import { Controller, Get, Headers, Param, Query, Res, type BeforeApplicationShutdown } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { abortWithClient } from '../http/abort-with-client';
import { Needs } from '../http/availability.guard';
import { OpenAnswers } from '../http/open-answers';
import { ApiIdParam, ApiProblems } from '../http/openapi-decorators';
import { idSchema } from '../http/path-id';
import { ProblemError } from '../http/problem-error';
import { HEARTBEAT_MS } from '../live/event-stream-response';
import { formatFor, logFormats, type LogFormat } from './log-formats';
import { trialLogLines } from './trial-log-lines';

@ApiTags('trials')
@Controller('v1/trials')
@Needs('postgres')
export class LogsController implements BeforeApplicationShutdown {
  private readonly open = new OpenAnswers();

  constructor(private readonly store: Store) {}

  @Get(':id/logs')
  @ApiOperation({
    summary: 'The log of a trial',
    description:
      'What its training process wrote and what its worker said of it, while it runs and after it. Of each attempt the newest ' +
      'megabyte is kept. As plain text, as JSON lines (`Accept: application/x-ndjson`) or as server-sent events ' +
      '(`Accept: text/event-stream`; `Last-Event-ID` is taken for `after`).',
  })
  @ApiIdParam('Id of the trial.')
  @ApiHeader({ name: 'Last-Event-ID', required: false, schema: { type: 'string' } })
  @ApiProduces('text/plain', 'application/x-ndjson', 'text/event-stream')
  @ApiResponse({
    status: 200,
    description: 'Plain text has a line `time attempt source text` for each.',
    standardSchema: trialLogLineSchema,
  })
  @ApiProblems('invalid-request', 'not-found')
  async get(
    @Param('id', { schema: idSchema }) id: string,
    @Query({ schema: trialLogQuerySchema }) query: TrialLogQuery,
    @Headers('accept') accept: string | undefined,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Res() response: Response,
  ): Promise<void> {
    if ((await this.store.trials.summary(id)) === undefined)
      throw new ProblemError('not-found', `there is no trial ${id}`);
    const format = formatFor(accept);
    const after = format === logFormats.events ? parseEventId(lastEventId) : undefined;
    await this.open.during((abort) =>
      this.send(response, format, id, after === undefined ? query : { ...query, after }, abort),
    );
  }

  /** Open answers would keep the server from closing. */
  beforeApplicationShutdown(): void {
    this.open.end();
  }

  private async send(
    response: Response,
    format: LogFormat,
    id: string,
    query: TrialLogQuery,
    abort: AbortController,
  ): Promise<void> {
    const forgetClient = abortWithClient(response, abort);
    const { signal } = abort;
    if (response.destroyed) return;
    response.writeHead(200, {
      'Content-Type': format.contentType,
      'Cache-Control': 'no-store, no-transform',
      ...(query.follow === 'true' ? { 'X-Accel-Buffering': 'no' } : {}),
    });
    response.flushHeaders();
    let saidAt = performance.now();
    try {
      for await (const page of trialLogLines(this.store, id, query, signal)) {
        const isQuiet = page.length === 0 && performance.now() - saidAt > HEARTBEAT_MS;
        const text = isQuiet ? format.heartbeat : page.map((line) => format.write(line)).join('');
        if (text === '') continue;
        saidAt = performance.now();
        if (!response.write(text)) await once(response, 'drain', { signal });
      }
    } finally {
      forgetClient();
      response.end();
    }
  }
}

function parseEventId(header: string | undefined): string | undefined {
  if (header === undefined || header === '') return undefined;
  const parsed = logCursorSchema.safeParse(header);
  if (!parsed.success)
    throw new ProblemError('invalid-request', 'header Last-Event-ID: the id of an event, as received');
  return parsed.data;
}
