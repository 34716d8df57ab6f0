import type { SteerRequest } from '@fathom/contracts';

/** "paused by Ada: the machine is needed" */
export const inWords = (what: string, { by, reason }: SteerRequest): string =>
  `${what} by ${by ?? 'request'}${reason === undefined ? '' : `: ${reason}`}`;
