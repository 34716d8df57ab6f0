import { datasetFacts, type SweepSpec } from '@fathom/contracts';
import { epochsBySize } from '@fathom/resnet';
import type { SearchContext } from '@fathom/search';
import { networkCost } from './network-cost';

/** What the search of this sweep may know of the networks it proposes. */
export function searchContextOf({ dataset }: Pick<SweepSpec, 'dataset'>): SearchContext {
  const { imageSize } = datasetFacts(dataset);
  return {
    epochCost: (config) => {
      let macs = 0;
      for (const [size, epochs] of epochsBySize(config, imageSize))
        macs += epochs * networkCost(config, imageSize, size).macs;
      return macs / config.epochs;
    },
  };
}
