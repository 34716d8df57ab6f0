import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownVariables, variableNames } from '@fathom/contracts';
import { environmentSchema as coordinator } from '../apps/coordinator/src/environment';
import { environmentSchema as worker } from '../apps/worker/src/environment';

const page = readFileSync(join(__dirname, '../docs/configuration.md'), 'utf8');
const isOurs = (name: string) => name.startsWith(ownVariables.prefix);

/** Read by set-up, tests and measurements only. */
const INTERNAL = /^FATHOM_(BENCH_|CHAOS|TEST_)/;

describe('the list of variables', () => {
  it('has every one that a program reads, so that the others know it (libs/contracts/src/variables.ts)', () => {
    const read = [coordinator, worker].flatMap(({ shape }) => Object.keys(shape)).filter(isOurs);
    expect(read.filter((name) => !variableNames.some((known) => known === name))).toEqual([]);
  });

  it('has none twice', () => {
    expect(variableNames.length).toBe(new Set(variableNames).size);
  });

  it('has none that docs/configuration.md does not explain', () => {
    const explained = variableNames.filter((name) => page.includes(`| \`${name}\``));
    expect(variableNames.filter((name) => !explained.includes(name) && !INTERNAL.test(name))).toEqual([]);
  });
});
