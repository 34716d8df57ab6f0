import {
  previewQuerySchema,
  sweepPreviewSchema,
  sweepSpecSchema,
  type PreviewQuery,
  type SweepPreview,
  type SweepSpec,
} from '@fathom/contracts';
import { Body, Controller, HttpCode, Post, Query } from '@nestjs/common';
import { ApiConsumes, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Needs } from '../http/availability.guard';
import { ApiProblems, bodyProblems } from '../http/openapi-decorators';
import { bodyTypes } from '../http/request-body';
import { PreviewService } from './preview.service';

@ApiTags('sweeps')
@Controller()
@Needs('postgres')
export class PreviewController {
  constructor(private readonly service: PreviewService) {}

  // The colon is escaped, because an unescaped one begins a parameter.
  @Post('v1/sweeps\\:preview')
  @HttpCode(200)
  @ApiOperation({
    summary: 'What a sweep would do, before it is submitted',
    description:
      'Plays the sweep with its own search on a simulated fleet, with plausible learning curves and epochs as long as ' +
      'past trials of this fleet lead one to expect. Has no effect.',
  })
  @ApiConsumes(...bodyTypes)
  @ApiOkResponse({ standardSchema: sweepPreviewSchema })
  @ApiProblems(...bodyProblems, 'sweep-cannot-run')
  preview(
    @Body({ schema: sweepSpecSchema }) spec: SweepSpec,
    @Query({ schema: previewQuerySchema }) { workers }: PreviewQuery,
  ): Promise<SweepPreview> {
    return this.service.preview(spec, workers);
  }
}
