import {
  decisionPageSchema,
  decisionQuerySchema,
  sweepDetailSchema,
  sweepPageSchema,
  sweepQuerySchema,
  sweepSpecSchema,
  trialPageSchema,
  trialQuerySchema,
  type DecisionPage,
  type DecisionQuery,
  type SweepDetail,
  type SweepPage,
  type SweepQuery,
  type SweepSpec,
  type TrialPage,
  type TrialQuery,
} from '@fathom/contracts';
import { Store } from '@fathom/store';
import { Body, Controller, Get, Headers, Param, Post, Query, Res } from '@nestjs/common';
import {
  ApiConsumes,
  ApiCreatedResponse,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { Response } from 'express';
import { Needs } from '../http/availability.guard';
import { parseIdempotencyKey } from '../http/idempotency-key';
import { ApiIdParam, ApiProblems, bodyProblems } from '../http/openapi-decorators';
import { idSchema } from '../http/path-id';
import { bodyTypes } from '../http/request-body';
import { noSweep, SweepService } from './sweep.service';

@ApiTags('sweeps')
@Controller('v1/sweeps')
@Needs('postgres')
export class SweepsController {
  constructor(
    private readonly service: SweepService,
    private readonly store: Store,
  ) {}

  @Post()
  @Needs('postgres', 'redis')
  @ApiOperation({
    summary: 'Submit a sweep',
    description: 'JSON or YAML. A sweep that could never run is refused before anything is queued.',
  })
  @ApiConsumes(...bodyTypes)
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description:
      'The same key with the same sweep gives the same answer and no second sweep. Keys are kept for 24 hours.',
    schema: { type: 'string', minLength: 1, maxLength: 255 },
  })
  @ApiCreatedResponse({
    standardSchema: sweepDetailSchema,
    description: 'The sweep, running.',
    headers: { Location: { description: 'Path of the sweep.', schema: { type: 'string' } } },
  })
  @ApiProblems(...bodyProblems, 'sweep-cannot-run', 'idempotency-conflict')
  async submit(
    @Body({ schema: sweepSpecSchema }) spec: SweepSpec,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<SweepDetail> {
    const sweep = await this.service.submit(spec, parseIdempotencyKey(key));
    response.location(`/v1/sweeps/${sweep.id}`);
    return sweep;
  }

  @Get()
  @ApiOperation({ summary: 'List sweeps, newest first' })
  @ApiOkResponse({ standardSchema: sweepPageSchema })
  @ApiProblems('invalid-request')
  list(@Query({ schema: sweepQuerySchema }) query: SweepQuery): Promise<SweepPage> {
    return this.store.snapshot((tx) => tx.sweeps.list(query));
  }

  @Get(':id')
  @ApiOperation({ summary: 'One sweep with progress and best trial' })
  @ApiIdParam('Id of the sweep.')
  @ApiOkResponse({ standardSchema: sweepDetailSchema })
  @ApiProblems('not-found')
  async get(@Param('id', { schema: idSchema }) id: string): Promise<SweepDetail> {
    // Its state and its trials are read one after the other, and are to be of the same moment.
    const sweep = await this.store.snapshot((tx) => tx.sweeps.detail(id));
    if (!sweep) throw noSweep(id);
    return sweep;
  }

  @Get(':id/trials')
  @ApiOperation({ summary: 'Trials of a sweep' })
  @ApiIdParam('Id of the sweep.')
  @ApiOkResponse({ standardSchema: trialPageSchema })
  @ApiProblems('invalid-request', 'not-found')
  async trials(
    @Param('id', { schema: idSchema }) id: string,
    @Query({ schema: trialQuerySchema }) query: TrialQuery,
  ): Promise<TrialPage> {
    await this.demand(id);
    return this.store.trials.list(id, query);
  }

  @Get(':id/decisions')
  @ApiOperation({
    summary: 'What was decided',
    description:
      'Every trial that the search created, resumed, left paused or stopped, and what people asked of the sweep, ' +
      'oldest first, each with its reason.',
  })
  @ApiIdParam('Id of the sweep.')
  @ApiOkResponse({ standardSchema: decisionPageSchema })
  @ApiProblems('invalid-request', 'not-found')
  async decisions(
    @Param('id', { schema: idSchema }) id: string,
    @Query({ schema: decisionQuerySchema }) query: DecisionQuery,
  ): Promise<DecisionPage> {
    await this.demand(id);
    return this.store.events.decisions(id, query);
  }

  private async demand(id: string): Promise<void> {
    if ((await this.store.sweeps.state(id)) === undefined) throw noSweep(id);
  }
}
