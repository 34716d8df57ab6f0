import { writeFileSync } from 'node:fs';

/** What `npm run chaos` asks for; without it the tests take the short form. */
export interface Settings {
  readonly isWhole: boolean;
  readonly seed: number;
  /** Where the results go; absent: nowhere. */
  readonly resultsFile: string | undefined;
}

export const settings: Settings = {
  isWhole: process.env['FATHOM_CHAOS'] === 'whole',
  seed: Number(process.env['FATHOM_CHAOS_SEED'] ?? 1),
  resultsFile: process.env['FATHOM_CHAOS_JSON'],
};

export function keepResults(results: unknown): void {
  if (settings.resultsFile !== undefined) writeFileSync(settings.resultsFile, JSON.stringify(results));
}
