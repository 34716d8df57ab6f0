import { trainingConfigSchema } from '@fathom/contracts';
import { networkCost } from './network-cost';

const config = trainingConfigSchema.parse({ depth: 50 });

describe('networkCost', () => {
  it('counts the network of the data set on smaller images', () => {
    // Asked for anew, depth 50 would be one of the networks for small images at 64 px.
    const [whole, small] = [networkCost(config, 96), networkCost(config, 96, 64)];
    expect(small.parameters).toBe(whole.parameters);
    expect(small.macs / whole.macs).toBeCloseTo((64 / 96) ** 2, 1);
  });
});
