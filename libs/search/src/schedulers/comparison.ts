import {
  trainingConfigSchema,
  type Comparison as CompareBy,
  type SchedulerSpec,
  type SweepSpec,
} from '@fathom/contracts';
import { configOf } from '../config-of';
import type { Json } from '../json';
import { isUsable, type Losses } from '../losses';
import { Random } from '../random';
import type { Configuration } from '../space/search-space';
import { Curve, type StoredCurve } from './curve';
import { valuesInWords } from './reasons';
import { rungsAtPace } from './rung-epochs';
import type { SchedulerSetup } from './scheduler';

type ComparisonSetup = Omit<SchedulerSetup<SchedulerSpec['algorithm']>, 'settings' | 'plannedTrials'>;

interface Snapshot {
  readonly referenceCost: number | null;
  readonly curves: readonly (readonly [trial: number, curve: StoredCurve])[];
}

/** "depth 20"; "depth 20, plain" where variants are searched. */
export function depthGroup(
  { recipe, space }: Pick<SweepSpec, 'recipe' | 'space'>,
  values: Configuration,
): string {
  const variant = values.variant ?? recipe.variant ?? trainingConfigSchema.shape.variant.parse(undefined);
  const depth = `depth ${String(values.depth ?? recipe.depth)}`;
  return space.variant === undefined ? depth : `${depth}, ${variant}`;
}

/** Draws from the space whose median cost is the reference; odd, so that one of them is the median. */
const REFERENCE_DRAWS = 101;

/**
 * Which trials are compared with each other, where, and by what.
 *
 * - `all`: everyone, at the same epochs, by what they reported.
 * - `depth`: those of the same depth and variant.
 * - `cost`: everyone, at equal predicted cost. A trial's pace is the predicted cost of one of its epochs as a multiple of
 *   the space's typical one (the median of 101 draws from the space), and its rungs are where it has spent what a typical
 *   trial has at the rungs; the last epoch is everyone's own.
 * - `curve`: everyone, at the same epochs, by the loss that the curve so far promises for the last epoch. Keeps the
 *   newest 16 epochs of a trial that runs and 4 of one that waits.
 */
export class Comparison {
  /** Undefined until the first trial begins: before, it is not certain that every network can be built. */
  private referenceCost: number | undefined;
  private readonly curves: Map<number, Curve>;
  private readonly words: (losses: Losses) => string;
  /** Asked for twice in a row: for where the trial pauses first, and when it has begun. */
  private newest: { readonly values: Configuration; readonly pace: number } | undefined;

  constructor(
    private readonly by: CompareBy,
    private readonly setup: ComparisonSetup,
    snapshot?: Json,
  ) {
    const { referenceCost, curves } = (snapshot ?? {}) as Partial<Snapshot>;
    this.referenceCost = referenceCost ?? undefined;
    this.words = valuesInWords(setup.spec);
    this.curves = new Map(curves?.map(([trial, curve]) => [trial, new Curve(curve)]));
  }

  /** In words; the same for those that are compared with each other. Empty: everyone. */
  groupOf(values: Configuration): string {
    return this.by === 'depth' ? depthGroup(this.setup.spec, values) : '';
  }

  /** Cost of one of its epochs as a multiple of a typical trial's; 1 where cost does not matter. */
  paceOf(values: Configuration): number {
    if (this.by !== 'cost') return 1;
    if (this.newest?.values === values) return this.newest.pace;
    this.referenceCost ??= this.medianCost();
    const share = this.costOf(values) / this.referenceCost;
    const pace = Number.isFinite(share) && share > 0 ? share : 1;
    this.newest = { values, pace };
    return pace;
  }

  /** A trial's own epochs at the rungs. */
  rungsOf(rungs: readonly number[], pace: number): readonly number[] {
    return rungsAtPace(rungs, pace, this.setup.epochs);
  }

  /** To be told of every epoch. */
  reported(trial: number, epoch: number, losses: Losses): void {
    if (this.by !== 'curve') return;
    let curve = this.curves.get(trial);
    if (curve === undefined) this.curves.set(trial, (curve = new Curve()));
    curve.add(epoch, losses);
  }

  /**
   * By what a trial that reported these losses last is compared.
   *
   * @param epochs of its whole training
   */
  scoreOf(trial: number, losses: Losses, epochs = this.setup.epochs): Losses {
    if (this.by !== 'curve' || !isUsable(losses)) return losses;
    return this.curves.get(trial)?.promise(epochs) ?? losses;
  }

  /** A score as the sweep's objectives, for people. */
  inWords(score: Losses): string {
    return `${this.by === 'curve' ? 'a promised ' : ''}${this.words(score)}`;
  }

  rests(trial: number): void {
    this.curves.get(trial)?.rest();
  }

  ended(trial: number): void {
    this.curves.delete(trial);
  }

  snapshot(): Json {
    return {
      referenceCost: this.referenceCost ?? null,
      curves: [...this.curves].map(([trial, curve]) => [trial, curve.snapshot()]),
    };
  }

  private costOf(values: Configuration): number {
    return this.setup.context.epochCost(configOf(this.setup.spec, values));
  }

  private medianCost(): number {
    const random = Random.seeded(0);
    const costs = Array.from({ length: REFERENCE_DRAWS }, () =>
      this.costOf(this.setup.space.draw(random.uniform)),
    );
    return costs.sort((a, b) => a - b)[(REFERENCE_DRAWS - 1) / 2] ?? 1;
  }
}
