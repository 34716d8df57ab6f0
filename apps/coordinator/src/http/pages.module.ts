import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { CoordinatorMetrics } from '../metrics/coordinator-metrics';
import { MetricsController } from '../metrics/metrics.controller';
import type { HttpParts } from '../parts';
import type { Page } from './pages';
import { ProblemFilter } from './problem.filter';

/** Pages that are served apart from the API. */
@Module({})
export class PagesModule {
  static of(parts: HttpParts, pages: ReadonlySet<Page>): DynamicModule {
    return {
      module: PagesModule,
      controllers: pages.has('metrics') ? [MetricsController] : [],
      providers: [
        { provide: CoordinatorMetrics, useValue: parts.metrics },
        { provide: APP_FILTER, useValue: new ProblemFilter(parts.logger) },
      ],
    };
  }
}
