import { networkKey, trainingMemoryKey } from './network-key';
import { trainingConfigSchema } from './training-config';

const config = (more: object) => trainingConfigSchema.parse({ depth: 20, ...more });
const [plain, taught] = [config({}), config({ teacher: '/models/deep.safetensors', distillWeight: 0.5 })];

describe('trainingMemoryKey', () => {
  it('is another one with a teacher, which takes memory of its own, and with another teacher', () => {
    const keys = [plain, taught, config({ teacher: '/models/other.safetensors', distillWeight: 0.5 })];
    expect(new Set(keys.map(trainingMemoryKey)).size).toBe(3);
    expect(networkKey(taught)).toBe(networkKey(plain));
  });

  it('is the same where the teacher counts for nothing', () => {
    expect(trainingMemoryKey({ ...taught, distillWeight: 0 })).toBe(trainingMemoryKey(plain));
  });
});
