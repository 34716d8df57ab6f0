import { visibleGpus } from './visible-gpus';

describe('visibleGpus', () => {
  it.each([
    ['all that the driver lists', undefined, 2, ['0', '1']],
    ['none', undefined, 0, []],
    ['those that were given', '2,3', 4, ['2', '3']],
    ['by UUID', 'GPU-5ebe9f43, MIG-2c1f', 1, ['GPU-5ebe9f43', 'MIG-2c1f']],
    ['none of them', '', 4, []],
    ['up to the first that is none', '1,-1,2', 4, ['1']],
  ])('%s', (_, visible, known, expected) => {
    expect(visibleGpus(visible, known)).toEqual(expected);
  });
});
