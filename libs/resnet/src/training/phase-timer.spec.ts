import { phaseTimer } from './phase-timer';

describe('phaseTimer', () => {
  it('says what work took, and the work of a promise to its end', async () => {
    let time = 0;
    const said: [string, number][] = [];
    const timed = phaseTimer(
      () => time,
      (phase, seconds) => said.push([phase, seconds]),
    );
    expect(timed('data', () => (time += 500))).toBe(500);
    let finish: (value: string) => void = () => undefined;
    const evaluation = timed('evaluation', () => new Promise<string>((resolve) => (finish = resolve)));
    time += 2_000;
    expect(said).toEqual([['data', 0.5]]);
    finish('done');
    expect(await evaluation).toBe('done');
    expect(said).toEqual([
      ['data', 0.5],
      ['evaluation', 2],
    ]);
  });

  it('says also what work took that failed, and leaves the failure to the caller', async () => {
    const said: string[] = [];
    const timed = phaseTimer(
      () => 0,
      (phase) => said.push(phase),
    );
    await expect(timed('evaluation', () => Promise.reject(new Error('stopped')))).rejects.toThrow('stopped');
    expect(said).toEqual(['evaluation']);
  });

  it('does not look at the clock where nobody wants to know', () => {
    const timed = phaseTimer(() => {
      throw new Error('looked');
    }, undefined);
    expect(timed('step', () => 1)).toBe(1);
  });
});
