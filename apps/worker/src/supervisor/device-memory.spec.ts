import { DeviceMemory } from './device-memory';

describe('DeviceMemory', () => {
  let now = 0;
  const gigabytes = (count: number) => new DeviceMemory(count * 1e9, () => now);
  const need = (trialId: string, gigabyte?: number, shape = trialId) => ({
    trialId,
    shape,
    ...(gigabyte === undefined ? {} : { predictedBytes: gigabyte * 1e9 }),
  });
  beforeEach(() => (now = 0));

  it('lets trials in as long as their memory goes, and again when one has left', () => {
    const memory = gigabytes(10);
    const first = memory.admit('0', need('a', 4));
    expect(memory.admit('0', need('b', 4))).toBeDefined();
    expect(memory.admit('0', need('c', 4))).toBeUndefined();
    first?.release();
    expect(memory.admit('0', need('c', 4))).toBeDefined();
  });

  it('counts each device apart', () => {
    const memory = gigabytes(10);
    expect(memory.admit('0', need('a', 8))).toBeDefined();
    expect(memory.admit('1', need('b', 8))).toBeDefined();
  });

  it('lets one in that is too large for the device when it is alone there, and nobody beside it', () => {
    const memory = gigabytes(10);
    expect(memory.admit('0', need('a', 40))).toBeDefined();
    expect(memory.admit('0', need('b', 0.1))).toBeUndefined();
  });

  it('lets one of which nothing is known share with nobody', () => {
    const memory = gigabytes(10);
    const first = memory.admit('0', need('a', 1));
    expect(memory.admit('0', need('b'))).toBeUndefined();
    first?.release();
    expect(memory.admit('0', need('b'))).toBeDefined();
    expect(memory.admit('0', need('c', 1))).toBeUndefined();
  });

  it('goes by what was measured where something was, also where that is more than was predicted', () => {
    const memory = gigabytes(10);
    memory.observe('resnet', 2e9);
    memory.observe('resnet', 1e9);
    for (const trialId of ['a', 'b', 'c', 'd'])
      expect(memory.admit('0', need(trialId, 9, 'resnet'))).toBeDefined();
    expect(memory.admit('0', need('e', 9, 'resnet'))).toBeUndefined();
    const another = gigabytes(10);
    another.observe('plain', 6e9);
    expect(another.admit('0', need('f', 1, 'plain'))).toBeDefined();
    expect(another.admit('0', need('g', 1, 'plain'))).toBeUndefined();
  });

  it('lets others beside one of which nothing was known as soon as it was measured', () => {
    const memory = gigabytes(10);
    expect(memory.admit('0', need('a', undefined, 'resnet'))).toBeDefined();
    expect(memory.admit('0', need('b', undefined, 'resnet'))).toBeUndefined();
    memory.observe('resnet', 2e9);
    expect(memory.admit('0', need('b', undefined, 'resnet'))).toBeDefined();
  });

  it('keeps small trials from passing by a large one that waits, until that one stays away', () => {
    const memory = gigabytes(10);
    const first = memory.admit('0', need('small', 1));
    expect(memory.admit('0', need('large', 8.5))).toBeUndefined();
    expect(memory.admit('0', need('small too', 1))).toBeUndefined();
    now += 4_000;
    expect(memory.admit('0', need('large', 8.5))).toBeUndefined();
    now += 4_000;
    expect(memory.admit('0', need('small too', 1))).toBeUndefined();
    first?.release();
    const large = memory.admit('0', need('large', 8.5));
    expect(large).toBeDefined();
    large?.release();
    memory.admit('0', need('small', 1));
    memory.admit('0', need('large', 8.5));
    now += 5_001;
    expect(memory.admit('0', need('small too', 1))).toBeDefined();
  });

  it('keeps a device that has become empty for the one that waits', () => {
    const memory = gigabytes(10);
    const first = memory.admit('0', need('small', 4));
    expect(memory.admit('0', need('large', 9))).toBeUndefined();
    first?.release();
    expect(memory.admit('0', need('small too', 4))).toBeUndefined();
    expect(memory.admit('1', need('small too', 4))).toBeUndefined();
    expect(memory.admit('0', need('large', 9))).toBeDefined();
    expect(memory.admit('1', need('small too', 4))).toBeDefined();
  });

  it('says how much of a device is left, so that a trial gets one on which it fits', () => {
    const memory = gigabytes(10);
    memory.admit('0', need('a', 6));
    expect(memory.left('0', need('b', 4))).toBeLessThan(0);
    expect(memory.left('0', need('b', 2))).toBeCloseTo(10e9 - 8e9 * 1.15, 0);
    expect(memory.left('1', need('b', 40))).toBe(10e9);
    expect(memory.left('0', need('b'))).toBe(-Infinity);
    const unknown = new DeviceMemory(undefined, () => now);
    unknown.admit('0', need('a'));
    expect(unknown.left('0', need('b'))).toBeLessThan(unknown.left('1', need('b')));
  });

  it('counts a trial that was lost and is here again until both have left', () => {
    const memory = gigabytes(10);
    const lost = memory.admit('0', need('a', 4));
    expect(memory.admit('0', need('a', 4))).toBeDefined();
    lost?.release();
    expect(memory.admit('0', need('b', 6))).toBeUndefined();
  });

  it('remembers the peaks of the last thousand shapes', () => {
    const memory = gigabytes(10);
    for (let shape = 0; shape <= 1_000; shape++) memory.observe(String(shape), 1e9);
    expect(memory.bytesOf({ shape: '0' })).toBeUndefined();
    expect(memory.bytesOf({ shape: '1' })).toBe(1.05e9);
  });

  it('lets everybody in where the memory of the device is unknown', () => {
    const memory = new DeviceMemory(undefined, () => now);
    expect(memory.admit('0', need('a', 100))).toBeDefined();
    expect(memory.admit('0', need('b', 100))).toBeDefined();
    expect(memory.admit('0', need('c'))).toBeDefined();
  });
});
