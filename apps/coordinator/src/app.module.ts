import { Store } from '@fathom/store';
import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { TerminusModule } from '@nestjs/terminus';
import { Dependencies } from './health/dependencies';
import { HealthController } from './health/health.controller';
import { AvailabilityGuard } from './http/availability.guard';
import { ProblemFilter } from './http/problem.filter';
import { SchemaPipe } from './http/schema.pipe';
import { EventsController } from './live/events.controller';
import { LiveHub } from './live/live-hub';
import { CoordinatorMetrics } from './metrics/coordinator-metrics';
import { MetricsController } from './metrics/metrics.controller';
import type { HttpParts } from './parts';
import { SweepService } from './sweeps/sweep.service';
import { SweepsController } from './sweeps/sweeps.controller';
import { TrialsController } from './trials/trials.controller';

@Module({})
export class AppModule {
  static of(parts: HttpParts): DynamicModule {
    return {
      module: AppModule,
      imports: [TerminusModule.forRoot({ logger: false })],
      controllers: [
        SweepsController,
        EventsController,
        TrialsController,
        HealthController,
        MetricsController,
      ],
      providers: [
        { provide: Store, useValue: parts.store },
        { provide: SweepService, useValue: parts.sweeps },
        { provide: LiveHub, useValue: parts.hub },
        { provide: CoordinatorMetrics, useValue: parts.metrics },
        { provide: Dependencies, useValue: parts.dependencies },
        { provide: APP_FILTER, useValue: new ProblemFilter(parts.logger) },
        { provide: APP_GUARD, useClass: AvailabilityGuard },
        { provide: APP_PIPE, useClass: SchemaPipe },
      ],
    };
  }
}
