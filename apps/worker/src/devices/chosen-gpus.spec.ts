import { chosenGpus } from './chosen-gpus';

describe('chosenGpus', () => {
  it.each([
    ['all that there are', undefined, undefined, 2, ['0', '1']],
    ['as many as are wanted', undefined, 1, 4, ['0']],
    ['as many as are wanted, whatever the driver lists', undefined, 2, 0, ['0', '1']],
    ['those that were given', '2,3', undefined, 4, ['2', '3']],
    ['the first of those that were given', '3,1,2', 2, 4, ['3', '1']],
    ['none, as wanted', '1', 0, 4, []],
  ])('%s', (_, visible, wanted, known, expected) => {
    expect(chosenGpus(visible, wanted, known)).toEqual(expected);
  });

  it('are not more than were given', () => {
    expect(() => chosenGpus('5', 2, 8)).toThrow(
      'FATHOM_GPUS: given 2, allowed are at most the 1 of CUDA_VISIBLE_DEVICES=5',
    );
    expect(() => chosenGpus('', 1, 8)).toThrow('at most the 0 of CUDA_VISIBLE_DEVICES=');
  });
});
