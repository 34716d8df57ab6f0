import type { Logger, Tracer } from '@fathom/runtime';
import type { Store } from '@fathom/store';
import type { Handler } from 'express';
import type { Dependencies } from './health/dependencies';
import type { FleetService } from './fleet/fleet.service';
import type { LiveHub } from './live/live-hub';
import type { CoordinatorMetrics } from './metrics/coordinator-metrics';
import type { PreviewService } from './preview/preview.service';
import type { Steering } from './sweeps/steering/steering';
import type { SweepService } from './sweeps/sweep.service';

/** What the HTTP layer is made of; built by the composition root. */
export interface HttpParts {
  readonly logger: Logger;
  readonly tracer: Tracer;
  readonly store: Store;
  readonly sweeps: SweepService;
  readonly steering: Steering;
  readonly previews: PreviewService;
  readonly fleet: FleetService;
  readonly hub: LiveHub;
  readonly metrics: CoordinatorMetrics;
  readonly dependencies: Dependencies;
  /** Bull Board. */
  readonly board: Handler;
}
