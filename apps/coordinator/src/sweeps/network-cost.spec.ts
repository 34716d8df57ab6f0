import { trainingConfigSchema } from '@fathom/contracts';
import { networkCost } from './network-cost';

const config = trainingConfigSchema.parse({ depth: 50 });

describe('networkCost', () => {
  it('counts what Muon adds to a step, and nothing of other optimisers', () => {
    const of = (optimizer: 'sgd' | 'adamw' | 'muon') =>
      networkCost(trainingConfigSchema.parse({ depth: 8, width: 0.5, optimizer }), 32).updateMacs;
    expect([of('sgd'), of('adamw')]).toEqual([0, 0]);
    // The stem and three stages, the last two with the projection of their input.
    const matrices = [
      [27, 8],
      [72, 8],
      [72, 8],
      [72, 16],
      [144, 16],
      [16, 8],
      [144, 32],
      [288, 32],
      [32, 16],
    ] as const;
    const each = matrices.map(([long, short]) => 5 * (2 * short ** 2 * long + short ** 3));
    expect(of('muon')).toBe(each.reduce((a, b) => a + b));
  });

  it('counts the network of the data set on smaller images', () => {
    // Asked for anew, depth 50 would be one of the networks for small images at 64 px.
    const [whole, small] = [networkCost(config, 96), networkCost(config, 96, 64)];
    expect(small.parameters).toBe(whole.parameters);
    expect(small.macs / whole.macs).toBeCloseTo((64 / 96) ** 2, 1);
  });
});
