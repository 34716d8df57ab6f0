import { Injectable, SetMetadata, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { Dependencies, type DependencyName } from '../health/dependencies';

const NEEDS = 'fathom:needs';

/** What a route cannot do without. */
export const Needs = (...names: DependencyName[]) => SetMetadata(NEEDS, names);

/** Answers 503 at once when something the route needs does not answer, instead of waiting for a time-out. */
@Injectable()
export class AvailabilityGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly dependencies: Dependencies,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    const names = this.reflector.getAllAndOverride<DependencyName[] | undefined>(NEEDS, targets) ?? [];
    await this.dependencies.require(names);
    return true;
  }
}
