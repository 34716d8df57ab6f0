import type { SweepSpec } from '@fathom/contracts';
import { signsOf, type Losses } from '../losses';
import type { Standing } from './rung';

/** Losses as the sweep's objectives, for people: those that are maximised have their own sign back. */
export function valuesInWords(
  spec: Pick<SweepSpec, 'objective' | 'furtherObjectives'>,
): (losses: Losses) => string {
  const signs = signsOf(spec);
  return (losses) =>
    losses.map((loss, i) => String(Number((loss * (signs[i] ?? 1)).toPrecision(4)))).join(' / ');
}

/** 1st, 2nd, 3rd, 4th … */
export function ordinal(n: number): string {
  const suffix = ['th', 'st', 'nd', 'rd'][n % 10] ?? 'th';
  return `${String(n)}${n % 100 > 10 && n % 100 < 14 ? 'th' : suffix}`;
}

/** "best of 9", "4th of 8 of depth 20", "at worst 4th of 8" */
export function standingInWords({ rank, of, isAtWorst }: Standing, group: string): string {
  const place = rank === undefined ? 'among the worst' : rank === 1 ? 'best' : ordinal(rank);
  return `${isAtWorst ? 'at worst ' : ''}${place} of ${String(of)}${ofGroup(group)}`;
}

/** " of depth 20"; empty where everyone is compared with everyone. */
export const ofGroup = (group: string): string => (group === '' ? '' : ` of ${group}`);

/** "1 goes on", "3 go on" */
export const goOnInWords = (count: number): string => (count === 1 ? '1 goes on' : `${String(count)} go on`);
