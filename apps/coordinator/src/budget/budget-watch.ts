import type { Store } from '@fathom/store';
import type { Clock } from '../clock';
import type { Steering } from '../sweeps/steering/steering';

const reasons = {
  maxWallClockSeconds: 'the wall-clock budget (budget.maxWallClockSeconds) is used up',
  maxDeviceHours: 'the budget of device time (budget.maxDeviceHours) is used up',
} as const;

/**
 * Ends sweeps whose time is used up. Workers report steps once a second at the most; a look each second ends a sweep
 * within one report of its limit. The number of trials is limited by the search.
 */
export class BudgetWatch {
  constructor(
    private readonly store: Pick<Store, 'sweeps'>,
    private readonly steering: Pick<Steering, 'cancelIfOpen'>,
    private readonly clock: Clock,
  ) {}

  async look(): Promise<void> {
    for (const { id, limit } of await this.store.sweeps.overBudget(this.clock.now()))
      await this.steering.cancelIfOpen(id, reasons[limit]);
  }
}
