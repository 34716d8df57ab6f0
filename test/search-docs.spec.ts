import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sweepSpecSchema } from '@fathom/contracts';
import { parse } from 'yaml';
import { checkArchitecture } from '../apps/coordinator/src/sweeps/architecture-check';
import { runnableViolations } from '../apps/coordinator/src/sweeps/runnable-rules';

const page = readFileSync(join(__dirname, '../docs/search.md'), 'utf8');
const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => text ?? '');
/** What an example of a part of a sweep leaves out. */
const rest = {
  name: 'an example',
  dataset: { kind: 'shapes' },
  space: { depth: [8] },
  search: { algorithm: 'grid' },
};

describe('docs/search.md', () => {
  it('has examples for all of its chapters', () => {
    expect(examples.length).toBeGreaterThanOrEqual(5);
  });

  it.each(examples)('shows a sweep that can run:\n%s', (text) => {
    const spec = sweepSpecSchema.parse({ ...rest, ...(parse(text) as object) });
    expect(runnableViolations(spec, checkArchitecture)).toEqual([]);
  });
});
