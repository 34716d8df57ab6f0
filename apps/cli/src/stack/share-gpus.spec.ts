import { shareGpus } from './share-gpus';

describe('shareGpus', () => {
  const shared = (workers: number, names: string[], env = {}) =>
    shareGpus(env, workers, names).map((each) => each['CUDA_VISIBLE_DEVICES']);

  it('gives each worker its own', () => {
    expect(shared(2, ['0', '1', '2'])).toEqual(['0,2', '1']);
    expect(shared(2, ['4', 'GPU-7f'])).toEqual(['4', 'GPU-7f']);
  });

  it('lets workers share where there are fewer', () => {
    expect(shared(3, ['0', '1'])).toEqual(['0', '1', '0']);
  });

  it('leaves alone one worker, machines without a GPU, and what an operator says', () => {
    expect(shareGpus({}, 1, ['0', '1'])).toEqual([{}]);
    expect(shareGpus({}, 2, [])).toEqual([{}, {}]);
    expect(shareGpus({ FATHOM_GPUS: '1' }, 2, ['0', '1'])).toEqual([{}, {}]);
  });
});
