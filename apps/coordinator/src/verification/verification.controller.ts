import { verificationSchema, type Verification } from '@fathom/contracts';
import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Needs } from '../http/availability.guard';
import { ApiIdParam, ApiProblems } from '../http/openapi-decorators';
import { idSchema } from '../http/path-id';
import { VerificationService } from './verification.service';

@ApiTags('sweeps')
@Controller('v1/sweeps')
@Needs('postgres')
export class VerificationController {
  constructor(private readonly verification: VerificationService) {}

  @Get(':id/verification')
  @ApiOperation({
    summary: 'Whether the recorded decisions follow from what was recorded',
    description:
      'Plays all that the search was told again and compares what it decides with its recorded decisions, with the trials ' +
      'there are and with their results. Changes nothing; takes about a second for each hundred thousand events.',
  })
  @ApiIdParam('Id of the sweep.')
  @ApiOkResponse({ standardSchema: verificationSchema })
  @ApiProblems('not-found')
  verify(@Param('id', { schema: idSchema }) id: string): Promise<Verification> {
    return this.verification.verify(id);
  }
}
