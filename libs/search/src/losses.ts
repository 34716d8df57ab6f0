import { objectivesOf, type SweepSpec } from '@fathom/contracts';
import type { ObjectiveValues } from './events';

/** The objectives of one trial as numbers to be minimised, in order; Infinity where there is no usable number. */
export type Losses = readonly number[];

/** How the objectives of a sweep become losses: those to be maximised are negated. */
export type ToLosses = (objectives: ObjectiveValues) => Losses;

type WithObjectives = Pick<SweepSpec, 'objective' | 'furtherObjectives'>;

/** By what an objective is multiplied to be a loss, and a loss to be the objective again. */
export const signsOf = (spec: WithObjectives): readonly (1 | -1)[] =>
  objectivesOf(spec).map(({ goal }) => (goal === 'minimize' ? 1 : -1));

export function lossesOf(spec: WithObjectives): ToLosses {
  const signs = signsOf(spec);
  return (objectives) =>
    signs.map((sign, index) => {
      const value = objectives[index];
      return value === null || value === undefined || !Number.isFinite(value) ? Infinity : sign * value;
    });
}

/** Of a trial that gave no number. */
export const unusableLosses = (objectives: number): Losses => new Array<number>(objectives).fill(Infinity);

/** Whether every loss is a number; only then can the trial be better than another. */
export const isUsable = (losses: Losses): boolean => losses.every(Number.isFinite);

/** JSON has no Infinity. */
export type StoredLosses = readonly (number | null)[];
export const storeLosses = (losses: Losses): StoredLosses =>
  losses.map((loss) => (Number.isFinite(loss) ? loss : null));
export const loadLosses = (stored: StoredLosses): Losses => stored.map((loss) => loss ?? Infinity);
