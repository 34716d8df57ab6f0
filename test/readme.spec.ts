import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sweepSpecSchema } from '@fathom/contracts';
import { planSize } from '@fathom/search';
import { parse } from 'yaml';

const root = join(__dirname, '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');

describe('README.md', () => {
  it('shows the example sweep as it is committed, and it is valid', () => {
    const shown: unknown = parse(/```yaml\n([\s\S]*?)```/.exec(readme)?.[1] ?? '');
    const committed: unknown = parse(readFileSync(join(root, 'docs/examples/depth-sweep.yaml'), 'utf8'));
    expect(shown).toEqual(committed);
    expect(planSize(sweepSpecSchema.parse(committed), { epochCost: () => 1 })).toBe(12);
  });

  it.each(readdirSync(join(root, 'docs/examples')))('has %s among its examples, and it can run', (name) => {
    const example: unknown = parse(readFileSync(join(root, 'docs/examples', name), 'utf8'));
    expect(readme).toContain(`docs/examples/${name}`);
    expect(planSize(sweepSpecSchema.parse(example), { epochCost: () => 1 })).toBeGreaterThan(1);
  });

  it('links only to files that are there', () => {
    const links = [...readme.matchAll(/\]\((?!http)([^)#]+)/g)].map(([, path]) => path ?? '');
    expect(links.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});
