import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCodes } from '@fathom/contracts';

const page = readFileSync(join(__dirname, '../../../../docs/errors.md'), 'utf8');
const rows = [...page.matchAll(/^\| `([a-z-]+)` +\| (\d{3}) +\|/gm)].map(([, code, status]) => [
  code,
  Number(status),
]);

describe('docs/errors.md', () => {
  it('lists every code with its status, and no other', () => {
    const codes = Object.entries(errorCodes).map(([code, { status }]) => [code, status]);
    expect(rows.toSorted()).toEqual(codes.toSorted());
  });
});
