import type { SweepSpec } from '@fathom/contracts';
import type { Store } from '@fathom/store';
import { withImportedTrials } from './import-trials';
import { refuse } from './refuse';
import { runnableViolations, type ArchitectureCheck } from './runnable-rules';

/**
 * The sweep as it will run: with the trials that it imports.
 *
 * @throws ProblemError sweep-cannot-run where it never could
 */
export async function demandRunnable(
  store: Store,
  asked: SweepSpec,
  checkArchitecture: ArchitectureCheck,
): Promise<SweepSpec> {
  refuse(runnableViolations(asked, checkArchitecture));
  const spec = await withImportedTrials(store, asked);
  // What is imported is not tried again, which can leave too little.
  if (spec !== asked) refuse(runnableViolations(spec, checkArchitecture));
  return spec;
}
