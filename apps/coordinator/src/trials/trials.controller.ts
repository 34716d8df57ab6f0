import { trialDetailSchema, type TrialDetail } from '@fathom/contracts';
import { Store } from '@fathom/store';
import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Needs } from '../http/availability.guard';
import { ApiIdParam, ApiProblems } from '../http/openapi-decorators';
import { idSchema } from '../http/path-id';
import { ProblemError } from '../http/problem-error';

@ApiTags('trials')
@Controller('v1/trials')
@Needs('postgres')
export class TrialsController {
  constructor(private readonly store: Store) {}

  @Get(':id')
  @ApiOperation({
    summary: 'One trial with its attempts and metric history',
    description: 'A history of more than 2,000 step points is thinned evenly.',
  })
  @ApiIdParam('Id of the trial.')
  @ApiOkResponse({ standardSchema: trialDetailSchema })
  @ApiProblems('not-found')
  async get(@Param('id', { schema: idSchema }) id: string): Promise<TrialDetail> {
    const summary = await this.store.trials.summary(id);
    if (!summary) throw new ProblemError('not-found', `there is no trial ${id}`);
    const [attemptHistory, history] = await Promise.all([
      this.store.attempts.history(id),
      this.store.metrics.history(id),
    ]);
    return { ...summary, attemptHistory, ...history };
  }
}
