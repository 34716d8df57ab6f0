import { fleetSchema, type Fleet } from '@fathom/contracts';
import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Needs } from '../http/availability.guard';
import { ApiProblems } from '../http/openapi-decorators';
import { FleetService } from './fleet.service';

@ApiTags('fleet')
@Controller('v1/fleet')
@Needs('postgres', 'redis')
export class FleetController {
  constructor(private readonly service: FleetService) {}

  @Get()
  @ApiOperation({
    summary: 'The workers there are, by pool, and who has their places',
    description: 'Pools with their slots and memory, trials that run and wait, and the share of each owner.',
  })
  @ApiOkResponse({ standardSchema: fleetSchema })
  @ApiProblems()
  fleet(): Promise<Fleet> {
    return this.service.fleet();
  }
}
