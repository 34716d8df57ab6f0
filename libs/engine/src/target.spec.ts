import { flagsIn } from './cpu-flags';
import { targetOf, targetOfCpu } from './target';

describe('what graphs run on', () => {
  it.each([
    ['Sapphire Rapids', 'processor\t: 0\nflags\t\t: fpu avx512_bf16 amx_bf16 amx_tile amx_int8\n', true],
    ['Zen 4', 'processor\t: 0\nflags\t\t: fpu avx512f avx512_bf16\n', false],
    ['tiles without bfloat16', 'flags\t: fpu amx_tile amx_int8\n', false],
    ['ARM', 'processor\t: 0\nFeatures\t: fp asimd bf16\n', false],
    ['no text', '', false],
  ])('%s', (_, text, tiles) => {
    expect(targetOfCpu(flagsIn(text))).toEqual({ tiles });
  });

  it('asks nothing of the CPU where a GPU computes', () => {
    expect(targetOf('gpu:0 NVIDIA H200')).toEqual({ tiles: false });
  });
});
