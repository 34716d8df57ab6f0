import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { failureRules, sweepSpecSchema, type FailureRule } from '@fathom/contracts';
import { parse } from 'yaml';

const page = readFileSync(join(__dirname, '../docs/failures.md'), 'utf8');

const retriesOf = ({ retries }: FailureRule) =>
  retries === null ? 'as many as it takes' : retries === 0 ? 'none' : String(retries);
const waitOf = ({ retries, backoff: { first, factor, cap } }: FailureRule) =>
  retries === 0 ? '' : first === 0 ? 'at once' : `${first} s, x ${factor}, at most ${cap} s`;
const nextOf = ({ retries, next }: FailureRule) =>
  retries === 0 ? '' : { same: 'the same', 'half-micro-batch': 'half the micro-batch' }[next];
const suspects = {
  trial: 'the trial',
  machine: 'the machine',
  start: 'the machine, before the first step',
  neither: 'neither',
} as const;

describe('docs/failures.md', () => {
  it('has the table of failure classes as it is in the code', () => {
    const expected = Object.entries(failureRules).map(([name, rule]) => [
      `\`${name}\``,
      rule.meaning,
      retriesOf(rule),
      waitOf(rule),
      nextOf(rule),
      suspects[rule.suspect],
    ]);
    const rows = [...page.matchAll(/^\| `[a-z-]+`.*\|$/gm)].map(([row]) =>
      row
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
    expect(rows).toEqual(expected);
  });

  it('shows examples that a sweep may have', () => {
    const rest = { name: 'an example', dataset: { kind: 'shapes' }, space: { depth: [8] } };
    const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => text ?? '');
    expect(examples).toHaveLength(3);
    for (const text of examples)
      sweepSpecSchema.parse({ ...rest, search: { algorithm: 'grid' }, ...(parse(text) as object) });
  });
});
