import {
  steerRequestSchema,
  sweepDetailSchema,
  type SteerRequest,
  type SweepDetail,
} from '@fathom/contracts';
import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiConsumes, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Needs } from '../../http/availability.guard';
import { ApiIdParam, ApiProblems, bodyProblems } from '../../http/openapi-decorators';
import { idSchema } from '../../http/path-id';
import { bodyTypes } from '../../http/request-body';
import { Steering } from './steering';

@ApiTags('sweeps')
@Controller('v1/sweeps')
@Needs('postgres')
export class SteeringController {
  constructor(private readonly steering: Steering) {}

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
}
