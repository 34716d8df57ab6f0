import { visibleGpus } from './visible-gpus';

describe('visibleGpus', () => {
  it.each([
    ['all that the driver lists', undefined, undefined, 2, ['0', '1']],
    ['as many as are wanted', undefined, 1, 4, ['0']],
    ['none', undefined, undefined, 0, []],
    ['those that were given', '2,3', undefined, 4, ['2', '3']],
    ['by UUID', 'GPU-5ebe9f43, MIG-2c1f', undefined, 1, ['GPU-5ebe9f43', 'MIG-2c1f']],
    ['the first of those that were given', '3,1,2', 2, 4, ['3', '1']],
    ['none of them', '', undefined, 4, []],
    ['up to the first that is none', '1,-1,2', undefined, 4, ['1']],
    ['not wanted', '1', 0, 4, []],
  ])('%s', (_, visible, wanted, known, expected) => {
    expect(visibleGpus(visible, wanted, known)).toEqual(expected);
  });

  it('are not more than were given', () => {
    expect(() => visibleGpus('5', 2, 8)).toThrow(
      'FATHOM_GPUS: given 2, allowed are at most the 1 of CUDA_VISIBLE_DEVICES=5',
    );
    expect(() => visibleGpus('', 1, 8)).toThrow('at most the 0 of CUDA_VISIBLE_DEVICES=');
  });
});
