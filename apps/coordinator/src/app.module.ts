import { Store } from '@fathom/store';
import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { TerminusModule } from '@nestjs/terminus';
import { AnalysisController } from './analysis/analysis.controller';
import { AnalysisService } from './analysis/analysis.service';
import { FleetController } from './fleet/fleet.controller';
import { FleetService } from './fleet/fleet.service';
import { Dependencies } from './health/dependencies';
import { HealthController } from './health/health.controller';
import { AvailabilityGuard } from './http/availability.guard';
import type { Page } from './http/pages';
import { ProblemFilter } from './http/problem.filter';
import { SchemaPipe } from './http/schema.pipe';
import { EventsController } from './live/events.controller';
import { LiveHub } from './live/live-hub';
import { LogsController } from './logs/logs.controller';
import { CoordinatorMetrics } from './metrics/coordinator-metrics';
import { MetricsController } from './metrics/metrics.controller';
import type { HttpParts } from './parts';
import { PreviewController } from './preview/preview.controller';
import { PreviewService } from './preview/preview.service';
import { SteeringController } from './sweeps/steering/steering.controller';
import { Steering } from './sweeps/steering/steering';
import { SweepService } from './sweeps/sweep.service';
import { SweepsController } from './sweeps/sweeps.controller';
import { TrialsController } from './trials/trials.controller';
import { VerificationController } from './verification/verification.controller';
import { VerificationService } from './verification/verification.service';

@Module({})
export class AppModule {
  static of(parts: HttpParts, pages: ReadonlySet<Page>): DynamicModule {
    return {
      module: AppModule,
      imports: [TerminusModule.forRoot({ logger: false })],
      controllers: [
        SweepsController,
        SteeringController,
        PreviewController,
        AnalysisController,
        FleetController,
        EventsController,
        TrialsController,
        LogsController,
        VerificationController,
        HealthController,
        ...(pages.has('metrics') ? [MetricsController] : []),
      ],
      providers: [
        { provide: Store, useValue: parts.store },
        { provide: SweepService, useValue: parts.sweeps },
        { provide: Steering, useValue: parts.steering },
        { provide: PreviewService, useValue: parts.previews },
        { provide: AnalysisService, useValue: new AnalysisService(parts.store) },
        { provide: VerificationService, useValue: new VerificationService(parts.store) },
        { provide: FleetService, useValue: parts.fleet },
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
