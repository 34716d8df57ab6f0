import { Controller, Get } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { HealthCheckService, HealthIndicatorService, type HealthCheckResult } from '@nestjs/terminus';
import { Dependencies } from './dependencies';

@ApiExcludeController()
@Controller()
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly dependencies: Dependencies,
  ) {}

  /** Alive: the process answers. It stays so while Redis or PostgreSQL are away; a restart would not bring them back. */
  @Get('health')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** Ready: Redis (with the eviction policy the queue needs) and PostgreSQL (with its schema up to date) answer. */
  @Get('ready')
  ready(): Promise<HealthCheckResult> {
    return this.health.check(
      (['postgres', 'redis', 'redisPolicy'] as const).map(
        (name) => () => this.indicators.check(name).attempt(() => this.dependencies.probe(name)),
      ),
    );
  }
}
