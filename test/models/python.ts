import { spawnSync } from 'node:child_process';

/** A suite in Python, left out with the reason in its name where `python3` cannot import what it needs. */
export function describePython(name: string, modules: readonly string[], body: () => void): void {
  const { status } = spawnSync('python3', ['-c', `import ${modules.join(', ')}`], { stdio: 'ignore' });
  if (status === 0) describe(name, body);
  else describe.skip(`${name} (skipped: python3 cannot import ${modules.join(', ')})`, body);
}

/** Runs a script, which finds `args` in `sys.argv[1:]`, and parses the last line that it prints. */
export function runPython(script: string, ...args: readonly string[]): unknown {
  const { status, stdout, stderr } = spawnSync('python3', ['-c', script, ...args], {
    encoding: 'utf8',
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3', CUDA_VISIBLE_DEVICES: '' },
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}
