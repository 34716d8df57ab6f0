import type { Configuration } from '../space/search-space';
import type { Played } from './play';

/** In the order in which they were tried. */
export const configurationsOf = ({ actions }: Pick<Played, 'actions'>): Configuration[] =>
  actions.flatMap((action) => (action.type === 'createTrial' ? [action.values] : []));

/** Of an even number the upper of the middle two. */
export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1]!;
