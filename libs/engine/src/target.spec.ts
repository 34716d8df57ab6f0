import { flagsIn } from './cpu-flags';
import { targetOf, targetOfCpu } from './target';

describe('what graphs run on', () => {
  it.each([
    [
      'Sapphire Rapids',
      'processor\t: 0\nflags\t\t: fpu avx512f avx512_bf16 amx_bf16 amx_tile amx_int8\n',
      true,
      true,
    ],
    ['Zen 4', 'processor\t: 0\nflags\t\t: fpu avx512f avx512_bf16\n', false, true],
    ['tiles without bfloat16', 'flags\t: fpu amx_tile amx_int8\n', false, false],
    ['ARM', 'processor\t: 0\nFeatures\t: fp asimd bf16\n', false, false],
    ['no text', '', false, false],
  ])('%s', (_, text, tiles, fuses) => {
    expect(targetOfCpu(flagsIn(text))).toEqual({ tiles, fuses });
  });

  it('asks nothing of the CPU where a GPU computes', () => {
    expect(targetOf('gpu:0 NVIDIA H200')).toEqual({ tiles: false, fuses: false });
  });
});
