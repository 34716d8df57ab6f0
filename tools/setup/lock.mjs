import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from './paths.mjs';
import { say } from './step.mjs';

const lockFile = join(root, '.fathom/setup.lock');
const RETRY_MS = 200;

/** Runs `work` while no other set-up of this clone runs; waits for one that does. */
export async function withLock(work) {
  mkdirSync(join(root, '.fathom'), { recursive: true });
  let told = false;
  while (!take()) {
    if (!told) say(`waiting for the set-up that process ${holder()} is running`);
    told = true;
    await sleep(RETRY_MS);
  }
  const release = () => rmSync(lockFile, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    release();
    process.off('exit', release);
  }
}

function take() {
  try {
    writeFileSync(lockFile, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    if (!isAlive(holder())) rmSync(lockFile, { force: true });
    return false;
  }
}

function holder() {
  try {
    return Number(readFileSync(lockFile, 'utf8'));
  } catch {
    return 0; // released meanwhile
  }
}

function isAlive(pid) {
  try {
    // 0 would be our own process group; an empty file is one whose writer has not written yet, or never will.
    if (pid > 0) process.kill(pid, 0);
    return pid > 0;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
