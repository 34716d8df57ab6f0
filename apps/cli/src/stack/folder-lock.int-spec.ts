import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../exit-codes';
import { lockFolder } from './folder-lock';

describe('lockFolder', () => {
  let dir: string;
  beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'fathom-lock-'))));
  afterEach(() => rmSync(dir, { recursive: true }));

  it('refuses a second stack until the first gives the folder free', () => {
    const unlock = lockFolder(dir);
    expect(() => lockFolder(dir)).toThrow(UsageError);
    unlock();
    lockFolder(dir)();
    expect(existsSync(join(dir, 'stack.pid'))).toBe(false);
  });

  it('takes the folder of a process that is gone', () => {
    writeFileSync(join(dir, 'stack.pid'), '2147483646\n');
    expect(lockFolder(dir)).toBeInstanceOf(Function);
  });
});
