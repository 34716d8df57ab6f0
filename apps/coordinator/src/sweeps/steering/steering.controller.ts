import {
  cloneRequestSchema,
  extendRequestSchema,
  rerunRequestSchema,
  steerRequestSchema,
  sweepDetailSchema,
  type CloneRequest,
  type ExtendRequest,
  type RerunRequest,
  type SteerRequest,
  type SweepDetail,
} from '@fathom/contracts';
import { Body, Controller, Headers, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiConsumes, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Needs } from '../../http/availability.guard';
import { parseIdempotencyKey } from '../../http/idempotency-key';
import { ApiIdempotencyKey, ApiIdParam, ApiProblems, bodyProblems } from '../../http/openapi-decorators';
import { idSchema } from '../../http/path-id';
import { bodyTypes } from '../../http/request-body';
import { SweepService } from '../sweep.service';
import { Steering } from './steering';

@ApiTags('sweeps')
@Controller('v1/sweeps')
@Needs('postgres')
export class SteeringController {
  constructor(
    private readonly steering: Steering,
    private readonly sweeps: SweepService,
  ) {}

  @Post(':id/pause')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Pause a sweep',
    description:
      'What waits leaves the queue; what trains is checkpointed and given back. Its wall-clock budget stands still. ' +
      'Pausing it again changes nothing.',
  })
  @ApiIdParam('Id of the sweep.')
  @ApiConsumes(...bodyTypes)
  @ApiOkResponse({ standardSchema: sweepDetailSchema })
  @ApiProblems(...bodyProblems, 'not-found', 'state-conflict')
  pause(
    @Param('id', { schema: idSchema }) id: string,
    @Body({ schema: steerRequestSchema }) request: SteerRequest,
  ): Promise<SweepDetail> {
    return this.steering.pause(id, request);
  }

  @Post(':id/resume')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Resume a paused sweep',
    description: 'Its trials go on from their checkpoints. Resuming one that runs changes nothing.',
  })
  @ApiIdParam('Id of the sweep.')
  @ApiConsumes(...bodyTypes)
  @ApiOkResponse({ standardSchema: sweepDetailSchema })
  @ApiProblems(...bodyProblems, 'not-found', 'state-conflict')
  resume(
    @Param('id', { schema: idSchema }) id: string,
    @Body({ schema: steerRequestSchema }) request: SteerRequest,
  ): Promise<SweepDetail> {
    return this.steering.resume(id, request);
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Cancel a sweep',
    description: 'Ends all its trials that have not ended. Cancelling it again changes nothing.',
  })
  @ApiIdParam('Id of the sweep.')
  @ApiConsumes(...bodyTypes)
  @ApiOkResponse({ standardSchema: sweepDetailSchema })
  @ApiProblems(...bodyProblems, 'not-found', 'state-conflict')
  cancel(
    @Param('id', { schema: idSchema }) id: string,
    @Body({ schema: steerRequestSchema }) request: SteerRequest,
  ): Promise<SweepDetail> {
    return this.steering.cancel(id, request);
  }

  @Post(':id/rerun-failed')
  @Needs('postgres', 'redis')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Give failed trials another attempt',
    description:
      'Failed and diverged trials keep their number and train to their end, outside of the schedule, from their last ' +
      'checkpoint where there is one. A sweep that had ended goes on until they have. What runs already is left alone.',
  })
  @ApiIdParam('Id of the sweep.')
  @ApiConsumes(...bodyTypes)
  @ApiIdempotencyKey()
  @ApiOkResponse({ standardSchema: sweepDetailSchema })
  @ApiProblems(...bodyProblems, 'not-found', 'state-conflict', 'operation-refused', 'idempotency-conflict')
  rerunFailed(
    @Param('id', { schema: idSchema }) id: string,
    @Body({ schema: rerunRequestSchema }) request: RerunRequest,
    @Headers('idempotency-key') key: string | undefined,
  ): Promise<SweepDetail> {
    return this.steering.rerunFailed(id, request, parseIdempotencyKey(key));
  }

  @Post(':id/extend')
  @Needs('postgres', 'redis')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Give a sweep more to do',
    description:
      'More trials, more epochs, a wider space, a higher budget. What would contradict decisions that were made is ' +
      'refused and named. A sweep that had completed goes on.',
  })
  @ApiIdParam('Id of the sweep.')
  @ApiConsumes(...bodyTypes)
  @ApiIdempotencyKey()
  @ApiOkResponse({ standardSchema: sweepDetailSchema })
  @ApiProblems(
    ...bodyProblems,
    'not-found',
    'state-conflict',
    'operation-refused',
    'sweep-cannot-run',
    'idempotency-conflict',
  )
  extend(
    @Param('id', { schema: idSchema }) id: string,
    @Body({ schema: extendRequestSchema }) request: ExtendRequest,
    @Headers('idempotency-key') key: string | undefined,
  ): Promise<SweepDetail> {
    return this.steering.extend(id, request, parseIdempotencyKey(key));
  }

  @Post(':id/clone')
  @Needs('postgres', 'redis')
  @ApiOperation({
    summary: 'Start a sweep like another one',
    description: 'With changes, and if asked with what the other has found out.',
  })
  @ApiIdParam('Id of the sweep.')
  @ApiConsumes(...bodyTypes)
  @ApiIdempotencyKey()
  @ApiCreatedResponse({
    standardSchema: sweepDetailSchema,
    description: 'The new sweep, running.',
    headers: { Location: { description: 'Path of the new sweep.', schema: { type: 'string' } } },
  })
  @ApiProblems(...bodyProblems, 'not-found', 'sweep-cannot-run', 'idempotency-conflict')
  async clone(
    @Param('id', { schema: idSchema }) id: string,
    @Body({ schema: cloneRequestSchema }) request: CloneRequest,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<SweepDetail> {
    const sweep = await this.sweeps.clone(id, request, parseIdempotencyKey(key));
    response.location(`/v1/sweeps/${sweep.id}`);
    return sweep;
  }
}
