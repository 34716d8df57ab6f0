import {
  bestSoFarSchema,
  depthTableSchema,
  importanceSchema,
  objectiveQuerySchema,
  parallelCoordinatesSchema,
  paretoSetSchema,
  type BestSoFar,
  type DepthTable,
  type Importance,
  type ObjectiveQuery,
  type ParallelCoordinates,
  type ParetoSet,
} from '@fathom/contracts';
import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Needs } from '../http/availability.guard';
import { ApiIdParam, ApiProblems } from '../http/openapi-decorators';
import { idSchema } from '../http/path-id';
import { AnalysisService } from './analysis.service';

@ApiTags('analysis')
@Controller('v1/sweeps/:id')
@Needs('postgres')
export class AnalysisController {
  constructor(private readonly analysis: AnalysisService) {}

  @Get('analysis/importance')
  @ApiOperation({
    summary: 'How much each parameter matters',
    description:
      'PED-ANOVA: how much the values of a parameter in the best tenth of the completed trials differ from those in all. Needs ten trials.',
  })
  @ApiIdParam('Id of the sweep.')
  @ApiOkResponse({ standardSchema: importanceSchema })
  @ApiProblems('invalid-request', 'not-found', 'state-conflict')
  importance(
    @Param('id', { schema: idSchema }) id: string,
    @Query({ schema: objectiveQuerySchema }) { objective }: ObjectiveQuery,
  ): Promise<Importance> {
    return this.analysis.importance(id, objective);
  }

  @Get('analysis/best')
  @ApiOperation({
    summary: 'The best so far, by the time at which trials ended',
    description: 'Of completed and stopped trials; the latter count with what they had reached.',
  })
  @ApiIdParam('Id of the sweep.')
  @ApiOkResponse({ standardSchema: bestSoFarSchema })
  @ApiProblems('invalid-request', 'not-found')
  best(
    @Param('id', { schema: idSchema }) id: string,
    @Query({ schema: objectiveQuerySchema }) { objective }: ObjectiveQuery,
  ): Promise<BestSoFar> {
    return this.analysis.best(id, objective);
  }

  @Get('analysis/pareto')
  @ApiOperation({ summary: 'Completed trials that no other beats in every objective' })
  @ApiIdParam('Id of the sweep.')
  @ApiOkResponse({ standardSchema: paretoSetSchema })
  @ApiProblems('not-found')
  pareto(@Param('id', { schema: idSchema }) id: string): Promise<ParetoSet> {
    return this.analysis.pareto(id);
  }

  @Get('analysis/depth')
  @ApiOperation({
    summary: 'Error by depth and variant, with confidence over seeds',
    description: 'Over the completed trials, and of the best settings of each depth over their seeds.',
  })
  @ApiIdParam('Id of the sweep.')
  @ApiOkResponse({ standardSchema: depthTableSchema })
  @ApiProblems('not-found')
  depth(@Param('id', { schema: idSchema }) id: string): Promise<DepthTable> {
    return this.analysis.depth(id);
  }

  @Get('depth-table')
  @ApiOperation({ summary: 'The same as analysis/depth, under its first name' })
  @ApiIdParam('Id of the sweep.')
  @ApiOkResponse({ standardSchema: depthTableSchema })
  @ApiProblems('not-found')
  depthTable(@Param('id', { schema: idSchema }) id: string): Promise<DepthTable> {
    return this.analysis.depth(id);
  }

  @Get('analysis/parallel')
  @ApiOperation({
    summary: 'Rows for a plot of parallel coordinates',
    description:
      'A line for each completed or stopped trial over the parameters of the space and the objectives.',
  })
  @ApiIdParam('Id of the sweep.')
  @ApiOkResponse({ standardSchema: parallelCoordinatesSchema })
  @ApiProblems('not-found')
  parallel(@Param('id', { schema: idSchema }) id: string): Promise<ParallelCoordinates> {
    return this.analysis.parallel(id);
  }
}
