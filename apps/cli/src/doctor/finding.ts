/**
 * ok: there and right. missing: needed, and absent or wrong. optional: absent, and only some commands would use it.
 */
export type FindingState = 'ok' | 'missing' | 'optional';

/** What the doctor says of one thing. */
export interface Finding {
  readonly name: string;
  readonly state: FindingState;
  /** What was found, in words. */
  readonly found: string;
  /** What to do about it, where something is to be done. */
  readonly advice?: string;
}

export const isHealthy = (findings: readonly Finding[]): boolean =>
  findings.every((finding) => finding.state !== 'missing');
