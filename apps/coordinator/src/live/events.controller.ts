import { isSweepEnded, liveEventSchema } from '@fathom/contracts';
import { Store } from '@fathom/store';
import { Controller, Get, Headers, Param, Res, type BeforeApplicationShutdown } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Needs } from '../http/availability.guard';
import { OpenAnswers } from '../http/open-answers';
import { ApiIdParam, ApiProblems } from '../http/openapi-decorators';
import { idSchema } from '../http/path-id';
import { ProblemError } from '../http/problem-error';
import { noSweep } from '../sweeps/sweep.service';
import { sendEvents } from './event-stream-response';
import { LiveHub } from './live-hub';
import { sweepStream } from './sweep-stream';

@ApiTags('sweeps')
@Controller('v1/sweeps')
@Needs('postgres')
export class EventsController implements BeforeApplicationShutdown {
  private readonly open = new OpenAnswers();

  constructor(
    private readonly store: Store,
    private readonly hub: LiveHub,
  ) {}

  @Get(':id/events')
  @ApiOperation({
    summary: 'Live events of a sweep',
    description:
      'Server-sent events: all that happened after `Last-Event-ID` (absent: from the start), then what happens. ' +
      'The stream ends after the sweep has. Step reports have no id and are not repeated after a reconnect.',
  })
  @ApiIdParam('Id of the sweep.')
  @ApiHeader({ name: 'Last-Event-ID', required: false, schema: { type: 'string', pattern: '^[0-9]{1,18}$' } })
  @ApiResponse({ status: 200, description: 'Each `data` is a LiveEvent.', standardSchema: liveEventSchema })
  @ApiResponse({
    status: 204,
    description: 'The sweep has ended and its last event was seen: do not reconnect.',
  })
  @ApiProblems('invalid-request', 'not-found')
  async events(
    @Param('id', { schema: idSchema }) id: string,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Res() response: Response,
  ): Promise<void> {
    const afterId = parseEventId(lastEventId);
    const state = await this.store.sweeps.state(id);
    if (state === undefined) throw noSweep(id);
    if (isSweepEnded(state) && (await this.store.events.after(id, afterId, 1)).length === 0) {
      response.status(204).end();
      return;
    }
    await this.open.during((abort) =>
      sendEvents(response, sweepStream(this.store, this.hub, id, afterId, abort.signal), abort),
    );
  }

  /** Open streams would keep the server from closing. */
  beforeApplicationShutdown(): void {
    this.open.end();
  }
}

function parseEventId(header: string | undefined): bigint {
  if (header === undefined || header === '') return 0n;
  if (!/^\d{1,18}$/.test(header))
    throw new ProblemError('invalid-request', 'header Last-Event-ID: the id of an event, as received');
  return BigInt(header);
}
