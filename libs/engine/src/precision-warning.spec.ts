import { precisionWarning } from './precision-warning';

describe('precisionWarning', () => {
  const [zen3, zen4, arm] = [new Set(['sse2', 'avx2']), new Set(['sse2', 'avx512f']), new Set(['bf16'])];

  it.each([
    ['bfloat16', 'cpu', zen3, /^precision bfloat16: this processor has none of avx512f, avx_ne_convert, /],
    ['float16', 'cpu', zen4, /^precision float16: this processor has none of avx512_fp16, amx_fp16, /],
    ['bfloat16', 'cpu', zen4, undefined],
    ['float32', 'cpu', zen3, undefined],
    ['bfloat16', 'gpu:0 NVIDIA H200', zen3, undefined],
    ['bfloat16', 'cpu', arm, undefined],
    ['bfloat16', 'cpu', new Set<string>(), undefined],
  ])('%s on %s', (precision, device, flags, expected) => {
    const warning = precisionWarning(precision, device, flags);
    if (expected === undefined) expect(warning).toBeUndefined();
    else expect(warning).toMatch(expected);
  });
});
