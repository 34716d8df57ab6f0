import { allocatorEnvironment } from './allocator';

describe('allocatorEnvironment', () => {
  it('keeps memory unless somebody has decided otherwise', () => {
    expect(Object.keys(allocatorEnvironment({ PATH: '/bin' }))).toEqual([
      'MALLOC_MMAP_THRESHOLD_',
      'MALLOC_TRIM_THRESHOLD_',
      'MALLOC_TOP_PAD_',
    ]);
    expect(allocatorEnvironment({ MALLOC_TRIM_THRESHOLD_: '131072' })).toEqual({});
  });
});
